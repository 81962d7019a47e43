/** The pictures that the response beside them speaks of: objects with a `url` and an `alt`. */

import { useGraphiQL } from '@graphiql/react';
import { useMemo } from 'react';

interface Picture {
  readonly url: string;
  readonly alt: string;
}

export function Pictures() {
  const response = useGraphiQL(({ tabs, activeTabIndex }) => tabs[activeTabIndex]?.response);
  const pictures = useMemo(() => picturesOf(response ?? ''), [response]);
  if (pictures.length === 0) return null;
  return (
    <div className="pictures">
      {pictures.map(({ url, alt }) => (
        <a key={url} href={url} target="_blank" rel="noreferrer" title={alt}>
          <img src={url} alt={alt} />
        </a>
      ))}
    </div>
  );
}

function picturesOf(response: string): Picture[] {
  // Thousands of customers need not be read twice.
  if (!response.includes('"alt":')) return [];
  try {
    return picturesIn(JSON.parse(response));
  } catch {
    return []; // GraphiQL's own messages are no JSON.
  }
}

function picturesIn(value: any): Picture[] {
  if (typeof value !== 'object' || value === null) return [];
  if (typeof value.url === 'string' && typeof value.alt === 'string') return [value];
  return Object.values(value).flatMap(picturesIn);
}
