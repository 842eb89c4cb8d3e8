// SPDX-License-Identifier: MIT
// A client made of stanza (npm) that does as it is told on standard input, a line at a time:
//
//   PASSWORD=... NODE_PATH=.../node_modules node caller.js WEBSOCKET-URL JID
//
//   call PEER      offers audio                     file PEER      offers a file
//   hang-up PEER   and ends it when it is accepted  disco PEER     asks what it can do
//
// It tells what comes, each on a line: `received ACTION [REASON]`; the answers to our requests, `result
// ACTION` and `error ACTION TYPE CONDITION [JINGLE-CONDITION]`; what stanza makes of them, `accepted MEDIA
// CODEC...` and `ended REASON`. When the session is over and all requests are answered, ours and the peer's,
// `done NUMBER` follows. It ends with its input. Exit status 1: the connection has broken.
'use strict';
const readline = require('readline');
const stanza = require('stanza');
const Phone = require('./phone.js');

const [url, jid] = process.argv.slice(2);
const unanswered = new Map(); // id: action of a request of ours
const owed = new Set(); // id of a request of the peer's
let what, session, busy = false, over = false, number = 0, leaving = false;

const say = (...words) => console.log(words.filter(Boolean).join(' '));

function checkDone() {
  if (busy && over && !unanswered.size && !owed.size) {
    busy = false;
    say('done', ++number);
  }
}

function accepted(media) {
  for (const { media: kind, codecs } of media) say('accepted', kind, ...codecs);
  if (what === 'hang-up') setImmediate(() => session.end('success')); // after our answer to the accept
}

const client = stanza.createClient({
  jid,
  resource: jid.split('/')[1],
  password: process.env.PASSWORD,
  transports: { websocket: url, bosh: false },
  useStreamManagement: false,
  autoReconnect: false,
  jingle: {
    iceServers: [],
    hasRTCPeerConnection: true,
    createPeerConnection: () => new Phone(accepted),
  },
});

client.jingle.on('send', data => {
  if (data.type === 'set') unanswered.set(data.id, data.jingle.action);
});
client.jingle.on('terminated', (ended, reason) => {
  say('ended', reason?.condition);
  over = true;
  checkDone();
});

// Before stanza has its turn, so that the lines are in the order of the stanzas.
client.prependListener('iq', iq => {
  if (iq.type === 'set' && iq.jingle) {
    owed.add(iq.id);
    say('received', iq.jingle.action, iq.jingle.reason?.condition);
  } else if (unanswered.has(iq.id) && (iq.type === 'result' || iq.type === 'error')) {
    const action = unanswered.get(iq.id);
    unanswered.delete(iq.id);
    say(iq.type, action, iq.error?.type, iq.error?.condition, iq.error?.jingleError);
    if (iq.error && action === 'session-initiate') over = true;
    checkDone();
  }
});
client.on('raw:outgoing', xml => {
  for (const id of owed)
    if (xml.includes(`id="${id}"`)) owed.delete(id);
  checkDone();
});

async function askDisco(peer) {
  try {
    const { features, identities } = await client.getDiscoInfo(peer);
    for (const { category, type } of identities) say('identity', category, type);
    for (const feature of features) say('feature', feature);
  } catch (iq) {
    say('error disco', iq.error.type, iq.error.condition);
  }
  over = true;
  checkDone();
}

function obey(line) {
  let peer;
  [what, peer] = line.split(' ');
  [busy, over] = [true, false];
  if (what === 'disco') return askDisco(peer);
  if (what === 'file') {
    session = client.jingle.createFileTransferSession(peer);
    return session.start({ name: 'song.ogg', size: 1000 });
  }
  session = client.jingle.createMediaSession(peer);
  return session.start();
}

client.on('session:started', () => {
  const commands = readline.createInterface({ input: process.stdin });
  commands.on('line', obey);
  commands.on('close', () => {
    leaving = true;
    client.disconnect();
  });
});
client.on('disconnected', () => process.exit(leaving ? 0 : 1));
client.connect();
