import { Button, Text, Title } from '@mantine/core';
import { IconFileUpload } from '@tabler/icons-react';
import { type DragEvent, useState } from 'react';
import { t } from '../../app/i18n';
import { notifyFailure } from '../../app/notify';
import { useCreate } from '../../app/useCreate';
import { useUploads } from '../documents/list/tray';
import classes from './dashboard.module.css';
import { sampleDocument } from './sample';

/** The empty dashboard: three steps to the first draft, and a sample to try them with. */
export function FirstSteps() {
  const create = useCreate();
  const uploads = useUploads();
  const [over, setOver] = useState(false);
  const [trying, setTrying] = useState(false);
  const busy = uploads.some(({ step }) => ['waiting', 'asking', 'sending', 'checking'].includes(step));
  const steps = [
    { title: t('dashboard.step1'), text: t('dashboard.step1Text') },
    { title: t('dashboard.step2'), text: t('dashboard.step2Text') },
    { title: t('dashboard.step3'), text: t('dashboard.step3Text') },
  ];

  const trySample = async () => {
    setTrying(true);
    try {
      create.bring([await sampleDocument()]);
    } catch (error) {
      notifyFailure(error);
    } finally {
      setTrying(false);
    }
  };

  const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');

  return (
    <section
      className={classes.first}
      aria-labelledby="first-draft"
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(false);
        create.bring(Array.from(event.dataTransfer.files));
      }}
    >
      <Title order={2} id="first-draft" mb="lg">
        {t('dashboard.firstDraft')}
      </Title>
      <ol className={classes.steps}>
        {steps.map((step, index) => (
          <li key={step.title}>
            <span className={classes.stepNumber} aria-hidden="true">
              {index + 1}
            </span>
            <Text fw={600}>{step.title}</Text>
            <Text c="dimmed">{step.text}</Text>
          </li>
        ))}
      </ol>
      <div className={classes.firstActions}>
        <Button leftSection={<IconFileUpload size={18} />} onClick={create.upload}>
          {t('dashboard.chooseFile')}
        </Button>
        <Button variant="default" loading={trying || busy} onClick={() => void trySample()}>
          {t('dashboard.trySample')}
        </Button>
        <Text c="dimmed">{t('dashboard.orDrop')}</Text>
      </div>
    </section>
  );
}
