import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../../api/client';
import type { Generation, Page } from '../../api/types';
import { failedDocuments, recentDocuments } from '../dashboard/api';
import { type Activity, activityOf } from './activity';

const latestRuns = queryOptions({
  queryKey: ['generations', 'latest'],
  queryFn: async ({ signal }) =>
    (await api.get<Page<Generation>>('/generations', { query: { limit: 20 }, signal })).items,
  refetchInterval: ({ state }) => (state.data?.some((run) => run.status === 'running') ? 3_000 : false),
});

/** What the server does for this person and what failed. Asks again by itself only while something runs. */
export function useActivity(enabled: boolean): Activity {
  const queries = useQueryClient();
  const recent = useQuery({ ...recentDocuments, enabled });
  const lost = useQuery({ ...failedDocuments, enabled });
  const runs = useQuery({ ...latestRuns, enabled });

  // The newest documents tell when something begins or ends; the rest is asked for only then.
  const atWork = recent.data
    ?.filter((document) => document.processing || document.activeGenerationId)
    .map((document) => document.id)
    .join();
  useEffect(() => {
    if (!enabled || atWork === undefined) return;
    void queries.invalidateQueries({ queryKey: latestRuns.queryKey });
    void queries.invalidateQueries({ queryKey: failedDocuments.queryKey });
  }, [enabled, atWork, queries]);

  return activityOf(recent.data ?? [], lost.data ?? [], runs.data ?? [], Date.now());
}
