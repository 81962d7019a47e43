/** A browser copies a tab together with all that the tab keeps, and two tabs that refresh one session end it. */

const channel = new BroadcastChannel('segmentgraph:sessions');

/** Ask the other tabs whether one has this tab's session already, and answer when another asks. */
export function keepAlone(mark: () => string | null, onTaken: () => void): void {
  channel.onmessage = ({ data }) => {
    if (data.mark !== mark()) return;
    if (data.asked) channel.postMessage({ mark: data.mark, asked: false });
    else onTaken();
  };
  if (mark()) channel.postMessage({ mark: mark(), asked: true });
}

/** Tells a session from others, and says nothing of it. */
export function newMark(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join('-');
}
