/** The mark: a desk between two side panels, and one lamp. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d="M4 4v16M20 4v16M4 14.5h16" />
      <path d="M12 14.5V10" />
      <path d="M8.5 10a3.5 3.5 0 0 1 7 0z" fill="currentColor" />
    </svg>
  );
}
