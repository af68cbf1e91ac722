// Hands what was typed from one frame to the next: a channel is of one origin, so the page around them cannot listen.

/** Sends what was typed to the frame that asks on the channel of this name. */
export function give(key, typed) {
  const channel = new BroadcastChannel(key);
  const send = () => channel.postMessage(typed());
  channel.onmessage = send;
  send(); // the other may have asked before
}

/** Asks on the channel of this name for what was typed into the frame before. */
export function take(key, taken) {
  const channel = new BroadcastChannel(key);
  channel.onmessage = ({ data }) => {
    channel.close();
    taken(data);
  };
  channel.postMessage("");
}
