import { useQuery } from '@tanstack/react-query';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';
import { PageBody, PageHeader } from '../../app/PageHeader';
import { TextSkeleton } from '../../app/Skeletons';
import { templateQuery } from './api';
import { NEW, templateRoute } from './routes';
import { TemplateEditor } from './TemplateEditor';

/** One template, or the one that is about to be made. */
export function TemplateEditorPage() {
  const { templateId } = templateRoute.useParams();
  const isNew = templateId === NEW;
  const template = useQuery({ ...templateQuery(templateId), enabled: !isNew });

  if (isNew) return <TemplateEditor key={NEW} template={null} />;
  if (template.data) return <TemplateEditor key={templateId} template={template.data} />;
  return (
    <PageBody wide>
      <PageHeader
        title={t('library.editor.title')}
        crumbs={[{ label: t('library.templates.title'), to: '/templates' }]}
      />
      {template.error ? (
        <ErrorNotice error={template.error} retry={() => template.refetch()} />
      ) : (
        <TextSkeleton lines={8} />
      )}
    </PageBody>
  );
}
