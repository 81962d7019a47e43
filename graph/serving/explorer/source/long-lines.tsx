/** Wraps the operation's long lines, for which GraphiQL has no setting: half a comment explains nothing. */

import { useGraphiQL } from '@graphiql/react';
import { useEffect } from 'react';

export function LongLines() {
  const editor = useGraphiQL(({ queryEditor }) => queryEditor);
  useEffect(() => editor?.updateOptions({ wordWrap: 'on' }), [editor]);
  return null;
}
