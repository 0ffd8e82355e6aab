// Paper, ink, one lamp: every colour, size and font of Carrel is named here and nowhere else.
// Style sheets use the CSS variables below (`--carrel-…`) and Mantine's own (`--mantine-spacing-md`, …).
import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from '@mantine/core';

const green: MantineColorsTuple = [
  '#EAF4F1',
  '#D3E8E2',
  '#A9D3C7',
  '#83CBB6',
  '#5FBFA6',
  '#3C9A83',
  '#2A8069',
  '#1F6F5C',
  '#185A4A',
  '#114437',
];

const red: MantineColorsTuple = [
  '#FCEEEC',
  '#F9DAD6',
  '#F2B3AC',
  '#F19A92',
  '#F1867D',
  '#D9483B',
  '#C43022',
  '#B42318',
  '#8F1B12',
  '#6B140D',
];

const amber: MantineColorsTuple = [
  '#FAF1E0',
  '#F5E3C1',
  '#EBCB92',
  '#E5B76A',
  '#E0A84C',
  '#CC8E2F',
  '#B7791F',
  '#8A5A12',
  '#6F480E',
  '#53360A',
];

// Mantine's neutral scales, re-cut from paper and ink: gray dresses the light scheme, dark the dark one.
const gray: MantineColorsTuple = [
  '#FBFAF7',
  '#F4F1EA',
  '#ECE8DE',
  '#E4DFD3',
  '#8A857A',
  '#787469',
  '#696E75',
  '#4A4F56',
  '#34393F',
  '#1F2328',
];

const dark: MantineColorsTuple = [
  '#E8E6E1',
  '#C9C8C4',
  '#9AA0A6',
  '#858B92',
  '#31363C',
  '#23272C',
  '#1B1E22',
  '#15171A',
  '#101214',
  '#0B0C0E',
];

export const FONT_CONTROLS = "'Inter Variable', system-ui, sans-serif";
export const FONT_DOCUMENTS = "'Source Serif 4 Variable', Georgia, serif";
export const FONT_CODE = "'JetBrains Mono Variable', ui-monospace, monospace";

// A dialog's <header> is not a banner of the page.
const inDialog = { attributes: { header: { role: 'presentation' } } };

const floating = { transitionProps: { duration: 140, timingFunction: 'ease-out' } };

// What floats over a page stays inside its landmark.
const inMain = { portalProps: { target: '#main' } };

const dialogTitle = { fontWeight: 600, fontSize: '16px' };

export const theme = createTheme({
  colors: { green, red, amber, yellow: amber, gray, dark },
  primaryColor: 'green',
  primaryShade: { light: 7, dark: 4 },
  white: '#FFFFFF',
  black: '#1F2328',
  fontFamily: FONT_CONTROLS,
  fontFamilyMonospace: FONT_CODE,
  fontSizes: { xs: '13px', sm: '14px', md: '16px', lg: '20px', xl: '28px' },
  lineHeights: { xs: '1.45', sm: '1.5', md: '1.6', lg: '1.35', xl: '1.25' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '8px', xl: '8px' },
  defaultRadius: 'sm',
  headings: {
    fontFamily: FONT_CONTROLS,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '28px', lineHeight: '1.25' },
      h2: { fontSize: '20px', lineHeight: '1.35' },
      h3: { fontSize: '16px', lineHeight: '1.5' },
      h4: { fontSize: '14px', lineHeight: '1.5' },
      h5: { fontSize: '14px', lineHeight: '1.5' },
      h6: { fontSize: '13px', lineHeight: '1.5' },
    },
  },
  shadows: {
    xs: 'none',
    sm: 'none',
    md: 'var(--carrel-shadow)',
    lg: 'var(--carrel-shadow)',
    xl: 'var(--carrel-shadow)',
  },
  respectReducedMotion: true,
  cursorType: 'pointer',
  focusRing: 'auto',
  breakpoints: { xs: '30em', sm: '48em', md: '62em', lg: '75em', xl: '96em' },
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    // The accents of the dark scheme are light: what stands on them is ink, not white.
    return input.variant === 'filled' ? { ...colors, color: 'var(--carrel-on-accent)' } : colors;
  },
  // Plain objects, not `Component.extend`: naming a component here must not load its code with the first page.
  components: {
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 'lg' } },
    Anchor: { defaultProps: { underline: 'hover', size: 'sm' } },
    Badge: {
      defaultProps: { radius: 999, tt: 'none', fw: 500, variant: 'light' },
      vars: () => ({ root: { '--badge-fz': '13px', '--badge-height': '24px', '--badge-padding-x': '10px' } }),
    },
    Button: { defaultProps: { fw: 500 } },
    Divider: { vars: () => ({ root: { '--divider-color': 'var(--carrel-line)' } }) },
    Drawer: {
      defaultProps: { ...floating, ...inDialog, overlayProps: { backgroundOpacity: 0.3 } },
      styles: { title: dialogTitle },
    },
    Input: { defaultProps: { size: 'sm' } },
    InputWrapper: {
      vars: () => ({
        label: { '--input-label-size': '14px' },
        description: { '--input-description-size': '13px' },
        error: { '--input-error-size': '13px' },
      }),
      styles: { label: { marginBottom: 4 } },
    },
    Kbd: { vars: () => ({ root: { '--kbd-fz': '13px' } }) },
    List: { defaultProps: { size: 'sm' } },
    Menu: {
      defaultProps: {
        ...floating,
        shadow: 'md',
        radius: 'md',
        position: 'bottom-end',
        // Its focusable placeholder is not allowed among the items of a menu (WAI-ARIA, menu role).
        withInitialFocusPlaceholder: false,
      },
    },
    Modal: {
      defaultProps: {
        ...floating,
        ...inDialog,
        radius: 'md',
        centered: true,
        overlayProps: { backgroundOpacity: 0.3 },
      },
      styles: { title: dialogTitle },
    },
    Notification: { defaultProps: { radius: 'md', withBorder: true } },
    Popover: { defaultProps: { ...floating, ...inMain, shadow: 'md', radius: 'md' } },
    Progress: { styles: { root: { backgroundColor: 'var(--carrel-line)' } } },
    Select: { defaultProps: { checkIconPosition: 'right', allowDeselect: false } },
    Skeleton: { defaultProps: { radius: 'sm' } },
    Table: {
      defaultProps: { verticalSpacing: 'sm', horizontalSpacing: 'md', borderColor: 'var(--carrel-line)' },
    },
    Tabs: {
      defaultProps: { keepMounted: false },
      styles: { root: { '--tab-border-color': 'var(--carrel-line)' } },
    },
    Text: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, ...floating, ...inMain } },
  },
});

/** The palette as CSS variables, in both schemes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--carrel-font-controls': FONT_CONTROLS,
    '--carrel-font-documents': FONT_DOCUMENTS,
    '--carrel-font-code': FONT_CODE,
    '--carrel-rail': '240px',
    '--carrel-rail-collapsed': '64px',
    '--carrel-page': '1120px',
    '--carrel-measure': '68ch',
    '--carrel-motion': '140ms ease-out',
    '--carrel-touch': '44px',
    // The paper of a document stays white in print and in exports; on screen it follows the scheme.
    '--carrel-print-paper': '#FFFFFF',
    '--carrel-print-ink': '#1F2328',
  },
  light: {
    '--carrel-background': '#FBFAF7',
    '--carrel-surface': '#FFFFFF',
    '--carrel-raised': '#F4F1EA',
    '--carrel-line': '#E4DFD3',
    '--carrel-control-line': '#8A857A',
    '--carrel-ink': '#1F2328',
    '--carrel-muted': '#696E75',
    '--carrel-accent': '#1F6F5C',
    '--carrel-accent-soft': '#E3F0EC',
    '--carrel-on-accent': '#FFFFFF',
    '--carrel-warn': '#B7791F',
    '--carrel-warn-ink': '#8A5A12',
    '--carrel-warn-soft': '#FAF1E0',
    '--carrel-danger': '#B42318',
    '--carrel-danger-soft': '#FCEEEC',
    '--carrel-insert': '#DCEFE5',
    '--carrel-insert-ink': '#14523F',
    '--carrel-delete': '#FADFDB',
    '--carrel-delete-ink': '#8F1B12',
    '--carrel-mark': '#F8E7B8',
    '--carrel-selection': '#CFE6DF',
    '--carrel-shadow': '0 1px 2px rgb(31 35 40 / 6%), 0 8px 24px rgb(31 35 40 / 12%)',
    '--mantine-color-body': '#FFFFFF',
    '--mantine-color-text': '#1F2328',
    '--mantine-color-dimmed': '#696E75',
    '--mantine-color-placeholder': '#696E75',
    '--mantine-color-default-border': '#E4DFD3',
    '--mantine-color-default-hover': '#F4F1EA',
    '--mantine-color-anchor': '#1F6F5C',
    '--mantine-color-error': '#B42318',
    '--mantine-color-green-light': '#E3F0EC',
    '--mantine-color-green-light-hover': '#D3E8E2',
    '--mantine-color-green-light-color': '#185A4A',
    '--mantine-color-red-light': '#FCEEEC',
    '--mantine-color-red-light-hover': '#F9DAD6',
    '--mantine-color-red-light-color': '#8F1B12',
    '--mantine-color-amber-light': '#FAF1E0',
    '--mantine-color-amber-light-hover': '#F5E3C1',
    '--mantine-color-amber-light-color': '#6F480E',
    '--mantine-color-yellow-light': '#FAF1E0',
    '--mantine-color-yellow-light-hover': '#F5E3C1',
    '--mantine-color-yellow-light-color': '#6F480E',
    '--mantine-color-gray-light': '#F4F1EA',
    '--mantine-color-gray-light-hover': '#ECE8DE',
    '--mantine-color-gray-light-color': '#4A4F56',
  },
  dark: {
    '--carrel-background': '#15171A',
    '--carrel-surface': '#1B1E22',
    '--carrel-raised': '#23272C',
    '--carrel-line': '#31363C',
    '--carrel-control-line': '#767C83',
    '--carrel-ink': '#E8E6E1',
    '--carrel-muted': '#9AA0A6',
    '--carrel-accent': '#5FBFA6',
    '--carrel-accent-soft': '#1F332E',
    '--carrel-on-accent': '#0E1512',
    '--carrel-warn': '#E0A84C',
    '--carrel-warn-ink': '#E0A84C',
    '--carrel-warn-soft': '#332A1A',
    '--carrel-danger': '#F1867D',
    '--carrel-danger-soft': '#3A2120',
    '--carrel-insert': '#1E3B31',
    '--carrel-insert-ink': '#9ADBC4',
    '--carrel-delete': '#43211E',
    '--carrel-delete-ink': '#F5B0A9',
    '--carrel-mark': '#4C4020',
    '--carrel-selection': '#264A41',
    '--carrel-shadow': '0 1px 2px rgb(0 0 0 / 40%), 0 8px 24px rgb(0 0 0 / 50%)',
    '--mantine-color-body': '#1B1E22',
    '--mantine-color-text': '#E8E6E1',
    '--mantine-color-dimmed': '#9AA0A6',
    '--mantine-color-placeholder': '#9AA0A6',
    '--mantine-color-default': '#1B1E22',
    '--mantine-color-default-border': '#31363C',
    '--mantine-color-default-hover': '#23272C',
    '--mantine-color-anchor': '#5FBFA6',
    '--mantine-color-error': '#F1867D',
    '--mantine-color-green-light': '#1F332E',
    '--mantine-color-green-light-hover': '#264039',
    '--mantine-color-green-light-color': '#9ADBC4',
    '--mantine-color-red-light': '#3A2120',
    '--mantine-color-red-light-hover': '#482826',
    '--mantine-color-red-light-color': '#F5B0A9',
    '--mantine-color-amber-light': '#332A1A',
    '--mantine-color-amber-light-hover': '#403520',
    '--mantine-color-amber-light-color': '#EBCB92',
    '--mantine-color-yellow-light': '#332A1A',
    '--mantine-color-yellow-light-hover': '#403520',
    '--mantine-color-yellow-light-color': '#EBCB92',
    '--mantine-color-gray-light': '#2C3136',
    '--mantine-color-gray-light-hover': '#363C42',
    '--mantine-color-gray-light-color': '#C9C8C4',
  },
});
