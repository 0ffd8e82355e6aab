import { SegmentedControl, type SegmentedControlProps, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from '../api/client';
import type { Me } from '../api/types';
import { t } from './i18n';
import { notifyFailure } from './notify';
import { meQuery, useMe } from './session';

export type ThemeName = Me['theme'];

/** Switches the person's theme at once and remembers it on the server. */
export function useThemeChoice() {
  const me = useMe();
  const queryClient = useQueryClient();
  const { setColorScheme } = useMantineColorScheme();
  const apply = (theme: ThemeName) => setColorScheme(theme === 'system' ? 'auto' : theme);
  const change = useMutation({
    mutationFn: (theme: ThemeName) => api.patch<Me>('/auth/me', { body: { theme } }),
    onMutate: apply,
    onSuccess: (updated) => queryClient.setQueryData(meQuery.queryKey, updated),
    onError: (error) => {
      apply(me.theme);
      notifyFailure(error);
    },
  });
  return {
    theme: change.isPending ? change.variables : me.theme,
    choose: (theme: ThemeName) => change.mutate(theme),
  };
}

/** System, light or dark. */
export function ThemeChoice(props: Omit<SegmentedControlProps, 'data' | 'value' | 'onChange'>) {
  const { theme, choose } = useThemeChoice();
  return (
    <SegmentedControl
      {...props}
      aria-label={t('app.theme')}
      value={theme}
      onChange={(value) => choose(value as ThemeName)}
      data={[
        { value: 'system', label: t('app.themeSystem') },
        { value: 'light', label: t('app.themeLight') },
        { value: 'dark', label: t('app.themeDark') },
      ]}
    />
  );
}
