// Hands input over from one frame to the next through a BroadcastChannel, which pages of another origin cannot read.

/** Sends the input on the channel with this name, now and when the new frame asks. */
export function give(key, typed) {
  const channel = new BroadcastChannel(key);
  const send = () => channel.postMessage(typed());
  channel.onmessage = send;
  send(); // the other frame may have asked already
}

/** Asks on the channel with this name for the input of the previous frame. */
export function take(key, taken) {
  const channel = new BroadcastChannel(key);
  channel.onmessage = ({ data }) => {
    channel.close();
    taken(data);
  };
  channel.postMessage("");
}
