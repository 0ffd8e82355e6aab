import type { ReactNode, Ref, UIEventHandler } from 'react';

/** A part of the page that scrolls by itself, also for those who use the keyboard. */
export function ScrollRegion(props: {
  label: string;
  className?: string;
  ref?: Ref<HTMLElement>;
  onScroll?: UIEventHandler<HTMLElement>;
  children: ReactNode;
}) {
  const { label, children, ...rest } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without focus the arrow keys could not scroll it
    <section {...rest} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
