import type { ReactNode } from 'react';
import { spans } from './placeholders';
import classes from './sheet.module.css';
import { imageUrl, type TreeMark, type TreeNode, wholeNumber } from './tree';

/** Draws one block of a document tree the way it is printed. */
export function TreeBlock({ node }: { node: TreeNode }): ReactNode {
  switch (node.type) {
    case 'heading': {
      // Headings of the previewed page are not headings of this page, so that its outline stays its own.
      const level = wholeNumber(node, 'level', 1, 6);
      return (
        <div className={classes.heading} data-level={level}>
          <Inline nodes={node.content} />
        </div>
      );
    }
    case 'paragraph':
      return (
        <p className={classes.paragraph} data-align={textAlign(node)}>
          {node.content.length === 0 ? <br /> : <Inline nodes={node.content} />}
        </p>
      );
    case 'bulletList':
      return (
        <ul className={classes.list}>
          <Blocks nodes={node.content} />
        </ul>
      );
    case 'orderedList':
      return (
        <ol className={classes.list} start={wholeNumber(node, 'start', 1, 1_000_000)}>
          <Blocks nodes={node.content} />
        </ol>
      );
    case 'listItem':
      return (
        <li>
          <Blocks nodes={node.content} />
        </li>
      );
    case 'blockquote':
      return (
        <blockquote className={classes.quote}>
          <Blocks nodes={node.content} />
        </blockquote>
      );
    case 'codeBlock':
      return <pre className={classes.code}>{node.content.map((child) => child.text).join('')}</pre>;
    case 'table':
      return (
        <table className={classes.table}>
          <tbody>
            <Blocks nodes={node.content} />
          </tbody>
        </table>
      );
    case 'tableRow':
      return (
        <tr>
          <Blocks nodes={node.content} />
        </tr>
      );
    case 'tableHeader':
    case 'tableCell': {
      const Cell = node.type === 'tableHeader' ? 'th' : 'td';
      return (
        <Cell colSpan={wholeNumber(node, 'colspan', 1, 100)} rowSpan={wholeNumber(node, 'rowspan', 1, 1000)}>
          <Blocks nodes={node.content} />
        </Cell>
      );
    }
    case 'image':
      return <TreeImage node={node} />;
    case 'horizontalRule':
      return <hr className={classes.rule} />;
    default:
      return node.content.length > 0 ? <Blocks nodes={node.content} /> : null;
  }
}

function Blocks({ nodes }: { nodes: readonly TreeNode[] }): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: a drawn tree keeps no state in its blocks
  return nodes.map((node, index) => <TreeBlock key={index} node={node} />);
}

function Inline({ nodes }: { nodes: readonly TreeNode[] }): ReactNode {
  return nodes.map((node, index) => {
    let drawn: ReactNode = null;
    if (node.type === 'hardBreak') drawn = <br />;
    else if (node.type === 'image') drawn = <TreeImage node={node} />;
    else if (node.type === 'text') drawn = <Words text={node.text} />;
    // biome-ignore lint/suspicious/noArrayIndexKey: a drawn tree keeps no state in its words
    return <Marked key={index} marks={node.marks} drawn={drawn} />;
  });
}

/** Wraps words in their marks, the first mark outermost. */
function Marked({ marks, drawn }: { marks: readonly TreeMark[]; drawn: ReactNode }): ReactNode {
  const [mark, ...rest] = marks;
  if (!mark) return drawn;
  const inner = <Marked marks={rest} drawn={drawn} />;
  switch (mark.type) {
    case 'bold':
      return <strong>{inner}</strong>;
    case 'italic':
      return <em>{inner}</em>;
    case 'underline':
      return <u>{inner}</u>;
    case 'strike':
      return <s>{inner}</s>;
    case 'code':
      return <code>{inner}</code>;
    case 'link':
      return <span className={classes.link}>{inner}</span>;
    default:
      return inner;
  }
}

/** Text in which a variable without a value still shows as one. */
function Words({ text }: { text: string }): ReactNode {
  return spans(text).map((span) =>
    span.kind !== 'variable' ? (
      span.text
    ) : (
      <span key={span.start} className={classes.blank}>
        {span.name}
      </span>
    ),
  );
}

function TreeImage({ node }: { node: TreeNode }): ReactNode {
  const url = imageUrl(node.attrs.src);
  if (url === null) return null;
  const alt = node.attrs.alt;
  return <img className={classes.image} src={url} alt={typeof alt === 'string' ? alt : ''} />;
}

function textAlign(node: TreeNode): string | undefined {
  const align = node.attrs.textAlign;
  return typeof align === 'string' ? align : undefined;
}
