//! The styles of the .docx: named as Word names its own, so that people can restyle the document in one place.

use crate::export::Meta;
use crate::export::measures::{
    BODY, CODE, HEADINGS, HeadingMeasure, INK, LINE, LINK, MUTED, PARAGRAPH_GAP, QUOTE_INDENT,
    SHADE, SMALL, TABLE, hex,
};

/// Serif and fixed-width faces that come with Word and that other programs replace by look-alikes of the same widths.
pub const SERIF: &str = "Cambria";
pub const MONO: &str = "Consolas";

const NAMESPACE: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// Points in twentieths.
#[expect(
    clippy::cast_possible_truncation,
    reason = "lengths on paper are small"
)]
pub fn twips(points: f32) -> i32 {
    (points * 20.0).round() as i32
}

#[expect(clippy::cast_possible_truncation, reason = "sizes of text are small")]
fn half_points(points: f32) -> i32 {
    (points * 2.0).round() as i32
}

/// The part `word/styles.xml`.
pub fn styles(meta: &Meta) -> String {
    let language = meta.language();
    let ink = hex(INK);
    let muted = hex(MUTED);
    let line = hex(LINE);
    let shade = hex(SHADE);
    let link = hex(LINK);
    let body = half_points(BODY);
    let gap = twips(PARAGRAPH_GAP);
    let head = format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="{NAMESPACE}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{SERIF}" w:hAnsi="{SERIF}" w:eastAsia="{SERIF}" w:cs="Times New Roman"/><w:color w:val="{ink}"/><w:sz w:val="{body}"/><w:szCs w:val="{body}"/><w:lang w:val="{language}" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:widowControl/><w:spacing w:after="{gap}" w:line="305" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>
<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/><w:unhideWhenUsed/></w:style>
<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>
<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/><w:uiPriority w:val="99"/><w:semiHidden/><w:unhideWhenUsed/></w:style>
"#
    );
    let headings = HEADINGS
        .iter()
        .enumerate()
        .map(|(index, measure)| heading_style(index, measure))
        .collect::<Vec<_>>()
        .concat();
    let quote_indent = twips(QUOTE_INDENT);
    let code = half_points(CODE);
    let table = half_points(TABLE);
    let small = half_points(SMALL);
    let others = format!(
        r#"<w:style w:type="paragraph" w:styleId="ListParagraph"><w:name w:val="List Paragraph"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="34"/><w:qFormat/><w:pPr><w:spacing w:after="60"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Quote"><w:name w:val="Quote"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:uiPriority w:val="29"/><w:qFormat/><w:pPr><w:pBdr><w:left w:val="single" w:sz="12" w:space="10" w:color="{line}"/></w:pBdr><w:ind w:left="{quote_indent}"/></w:pPr><w:rPr><w:i/><w:iCs/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="CodeBlock"><w:name w:val="Code Block"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:pBdr><w:top w:val="single" w:sz="4" w:space="5" w:color="{shade}"/><w:left w:val="single" w:sz="4" w:space="6" w:color="{shade}"/><w:bottom w:val="single" w:sz="4" w:space="5" w:color="{shade}"/><w:right w:val="single" w:sz="4" w:space="6" w:color="{shade}"/></w:pBdr><w:shd w:val="clear" w:color="auto" w:fill="{shade}"/><w:spacing w:before="120" w:after="180" w:line="264" w:lineRule="auto"/><w:ind w:left="120" w:right="120"/></w:pPr><w:rPr><w:rFonts w:ascii="{MONO}" w:hAnsi="{MONO}" w:cs="{MONO}"/><w:noProof/><w:sz w:val="{code}"/><w:szCs w:val="{code}"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="TableText"><w:name w:val="Table Text"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr><w:spacing w:before="40" w:after="40" w:line="269" w:lineRule="auto"/></w:pPr><w:rPr><w:sz w:val="{table}"/><w:szCs w:val="{table}"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Figure"><w:name w:val="Figure"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepLines/><w:spacing w:before="120" w:after="120" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Caption"><w:name w:val="caption"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:uiPriority w:val="35"/><w:qFormat/><w:pPr><w:spacing w:after="200"/><w:jc w:val="center"/></w:pPr><w:rPr><w:color w:val="{muted}"/><w:sz w:val="{small}"/><w:szCs w:val="{small}"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Rule"><w:name w:val="Rule"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="{line}"/></w:pBdr><w:spacing w:before="120" w:after="280" w:line="120" w:lineRule="exact"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Gap"><w:name w:val="Gap"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:pPr><w:spacing w:after="0" w:line="200" w:lineRule="exact"/></w:pPr><w:rPr><w:sz w:val="4"/><w:szCs w:val="4"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Header"><w:name w:val="header"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="99"/><w:unhideWhenUsed/><w:pPr><w:spacing w:after="0" w:line="252" w:lineRule="auto"/></w:pPr><w:rPr><w:color w:val="{muted}"/><w:sz w:val="{small}"/><w:szCs w:val="{small}"/></w:rPr></w:style>
<w:style w:type="paragraph" w:styleId="Footer"><w:name w:val="footer"/><w:basedOn w:val="Normal"/><w:uiPriority w:val="99"/><w:unhideWhenUsed/><w:pPr><w:spacing w:after="0" w:line="252" w:lineRule="auto"/></w:pPr><w:rPr><w:color w:val="{muted}"/><w:sz w:val="{small}"/><w:szCs w:val="{small}"/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/><w:basedOn w:val="DefaultParagraphFont"/><w:uiPriority w:val="99"/><w:unhideWhenUsed/><w:rPr><w:color w:val="{link}"/><w:u w:val="single"/></w:rPr></w:style>
<w:style w:type="character" w:styleId="CodeChar"><w:name w:val="Code Char"/><w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/><w:rPr><w:rFonts w:ascii="{MONO}" w:hAnsi="{MONO}" w:cs="{MONO}"/><w:noProof/><w:sz w:val="20"/><w:szCs w:val="20"/></w:rPr></w:style>
<w:style w:type="character" w:styleId="Placeholder"><w:name w:val="Placeholder"/><w:basedOn w:val="DefaultParagraphFont"/><w:rPr><w:i/><w:iCs/><w:color w:val="{muted}"/></w:rPr></w:style>
</w:styles>"#
    );
    [head, headings, others].concat()
}

fn heading_style(index: usize, heading: &HeadingMeasure) -> String {
    let level = index + 1;
    let colour = if heading.muted {
        format!("<w:color w:val=\"{}\"/>", hex(MUTED))
    } else {
        String::new()
    };
    let italic = if heading.italic { "<w:i/><w:iCs/>" } else { "" };
    format!(
        r#"<w:style w:type="paragraph" w:styleId="Heading{level}"><w:name w:val="heading {level}"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:uiPriority w:val="9"/><w:qFormat/><w:pPr><w:keepNext/><w:keepLines/><w:spacing w:before="{before}" w:after="{after}" w:line="264" w:lineRule="auto"/><w:outlineLvl w:val="{index}"/></w:pPr><w:rPr><w:b/><w:bCs/>{italic}{colour}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>
"#,
        before = twips(heading.before),
        after = twips(heading.after),
        size = half_points(heading.size),
    )
}

/// The part `word/settings.xml`: no compatibility mode, and a default tab of 1.25 cm.
pub fn settings() -> String {
    let uri = "http://schemas.microsoft.com/office/word";
    let compat = [
        ("compatibilityMode", "15"),
        ("overrideTableStyleFontSizeAndJustification", "1"),
        ("enableOpenTypeFeatures", "1"),
        ("doNotFlipMirrorIndents", "1"),
        ("differentiateMultirowTableHeaders", "1"),
    ]
    .map(|(name, value)| {
        format!("<w:compatSetting w:name=\"{name}\" w:uri=\"{uri}\" w:val=\"{value}\"/>")
    })
    .concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:settings xmlns:w=\"{NAMESPACE}\"><w:zoom w:percent=\"100\"/><w:defaultTabStop w:val=\"709\"/><w:characterSpacingControl w:val=\"doNotCompress\"/><w:compat>{compat}</w:compat></w:settings>"
    )
}

/// The part `word/fontTable.xml`.
pub fn font_table() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<w:fonts xmlns:w=\"{NAMESPACE}\"><w:font w:name=\"{SERIF}\"><w:altName w:val=\"Caladea\"/><w:charset w:val=\"00\"/><w:family w:val=\"roman\"/><w:pitch w:val=\"variable\"/></w:font><w:font w:name=\"{MONO}\"><w:altName w:val=\"DejaVu Sans Mono\"/><w:charset w:val=\"00\"/><w:family w:val=\"modern\"/><w:pitch w:val=\"fixed\"/></w:font></w:fonts>"
    )
}

/// The part `docProps/core.xml`: title, author, language and dates.
pub fn core_properties(meta: &Meta) -> String {
    let created = meta.created.to_offset(time::UtcOffset::UTC);
    let created = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        created.year().clamp(1, 9999),
        u8::from(created.month()),
        created.day(),
        created.hour(),
        created.minute(),
        created.second()
    );
    let author = super::escaped(meta.author.as_deref().unwrap_or_default());
    format!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:dcmitype="http://purl.org/dc/dcmitype/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title><dc:creator>{author}</dc:creator><dc:language>{language}</dc:language><cp:lastModifiedBy>{author}</cp:lastModifiedBy><dcterms:created xsi:type="dcterms:W3CDTF">{created}</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">{created}</dcterms:modified></cp:coreProperties>"#,
        title = super::escaped(&meta.title),
        language = meta.language(),
    )
}

/// The part `docProps/app.xml`.
pub fn app_properties() -> &'static str {
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>Carrel</Application></Properties>"
}
