import { useEffect, useRef, useState } from 'react';

/** The files of a drop, without the folders, which browsers offer as empty files. */
function droppedFiles(transfer: DataTransfer): File[] {
  return Array.from(transfer.items)
    .filter((item) => item.kind === 'file' && item.webkitGetAsEntry()?.isDirectory !== true)
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}

/** Takes files dropped anywhere on the page. True while files hover over it. */
export function useFileDrop(onFiles: (files: File[]) => void): boolean {
  const take = useRef(onFiles);
  useEffect(() => {
    take.current = onFiles;
  });
  const [hovering, setHovering] = useState(false);

  useEffect(() => {
    // Every element under the pointer fires its own enter and leave.
    let depth = 0;
    const bringsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    const enter = (event: DragEvent) => {
      if (!bringsFiles(event)) return;
      depth += 1;
      setHovering(true);
    };
    const leave = (event: DragEvent) => {
      if (!bringsFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setHovering(false);
    };
    const over = (event: DragEvent) => {
      // Without this the browser leaves the page and opens the file.
      if (bringsFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!event.dataTransfer || !bringsFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setHovering(false);
      const files = droppedFiles(event.dataTransfer);
      if (files.length > 0) take.current(files);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  }, []);

  return hovering;
}
