-- Which pictures a revision shows. The newest revision holds what the draft holds, so this covers drafts, too; a
-- picture that is in use can't be deleted.
CREATE TABLE revision_images (
    document_id uuid NOT NULL,
    number      bigint NOT NULL,
    image_id    uuid NOT NULL REFERENCES images (id),
    PRIMARY KEY (document_id, number, image_id),
    FOREIGN KEY (document_id, number) REFERENCES revisions (document_id, number) ON DELETE CASCADE
);
CREATE INDEX revision_images_image ON revision_images (image_id);

INSERT INTO revision_images (document_id, number, image_id)
SELECT DISTINCT revisions.document_id, revisions.number, images.id
FROM revisions
CROSS JOIN LATERAL jsonb_path_query(revisions.tree, '$.**.src') AS node (src)
JOIN images ON 'carrel:images/' || images.id::text = lower(node.src #>> '{}');

ALTER TABLE template_versions ADD COLUMN logo_id uuid REFERENCES images (id);
CREATE INDEX template_versions_logo ON template_versions (logo_id) WHERE logo_id IS NOT NULL;
UPDATE template_versions
SET logo_id = images.id
FROM images
WHERE 'carrel:images/' || images.id::text = lower(content #>> '{letterhead,logo}');

-- The key under which an export may be asked for again, as long as the export is there.
ALTER TABLE exports ADD COLUMN idempotency_key text;
ALTER TABLE exports ADD COLUMN request_hash bytea;
CREATE UNIQUE INDEX exports_key ON exports (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
