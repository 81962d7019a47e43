/** GraphiQL can't send files; this panel says which file stands for which variable, and the fetcher sends them. */

import type { GraphiQLPlugin } from '@graphiql/react';
import { type DragEvent, useState } from 'react';

import { sampleCustomers } from './sample-customers';
import { addFiles, type PickedFile, removeFile, renameFile, useSession } from './session';

const UNITS = ['bytes', 'kB', 'MB', 'GB'];

export const FILES_PLUGIN: GraphiQLPlugin = { title: 'Files', icon: PaperClip, content: FilesPanel };

function FilesPanel() {
  const { files } = useSession();
  return (
    <section className="panel" aria-label="Files">
      <h2>Files</h2>
      <p>
        An operation that declares a variable with a file’s name, such as <code>$file: Upload!</code>, is sent together
        with the file.
      </p>
      <DropZone />
      {files.length === 0 ? (
        <p>
          No file at hand?{' '}
          <button type="button" className="link" onClick={() => addFiles([sampleCustomers()])}>
            Take 600 made-up customers
          </button>
        </p>
      ) : (
        <ul className="files">
          {files.map((each) => (
            <FileRow key={each.key} picked={each} twice={files.some((other) => clash(each, other))} />
          ))}
        </ul>
      )}
    </section>
  );
}

function DropZone() {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    addFiles(event.dataTransfer.files);
  };
  return (
    <label
      className={over ? 'drop-zone over' : 'drop-zone'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input
        type="file"
        multiple
        aria-label="Choose files"
        onChange={({ target }) => {
          addFiles(target.files ?? []);
          target.value = ''; // The same file can be chosen again, after it was changed.
        }}
      />
      <strong>Choose files</strong> or drop them here
    </label>
  );
}

function FileRow({ picked, twice }: { picked: PickedFile; twice: boolean }) {
  const { key, variable, file } = picked;
  return (
    <li>
      <label className={twice ? 'variable twice' : 'variable'}>
        <span aria-hidden="true">$</span>
        <input
          value={variable}
          aria-label={`Variable of ${file.name}`}
          title="The variable, or a path in it: file, input.file, files.0"
          spellCheck={false}
          onChange={({ target }) => renameFile(key, target.value.trim())}
        />
      </label>
      <span className="file-name" title={file.name}>
        {file.name}
      </span>
      <span className="file-size">{size(file.size)}</span>
      <button type="button" className="remove" aria-label={`Remove ${file.name}`} onClick={() => removeFile(key)}>
        ×
      </button>
      {twice && <span className="complaint">Another file has this name too.</span>}
    </li>
  );
}

function clash(one: PickedFile, other: PickedFile): boolean {
  return one.key !== other.key && one.variable === other.variable;
}

function size(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  return `${(bytes / 1000 ** power).toFixed(power && 1)} ${UNITS[power]}`;
}

function PaperClip() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round">
      <path d="M20 11.5 12 19.6a5 5 0 0 1-7.1-7.1l8.5-8.6a3.3 3.3 0 0 1 4.7 4.7l-8.4 8.5a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7" />
    </svg>
  );
}
