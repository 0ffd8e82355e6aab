import { Button, Center } from '@mantine/core';
import { ErrorNotice } from '../../app/ErrorNotice';
import { t } from '../../app/i18n';

interface MoreProps {
  list: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    error: Error | null;
    fetchNextPage: () => unknown;
  };
}

/** The way to the next rows of a long list. */
export function More({ list }: MoreProps) {
  if (!list.hasNextPage) return null;
  if (list.isFetchNextPageError) {
    return <ErrorNotice compact error={list.error} retry={() => list.fetchNextPage()} />;
  }
  return (
    <Center mt="lg">
      <Button variant="default" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
        {t('app.loadMore')}
      </Button>
    </Center>
  );
}
