// SPDX-License-Identifier: MIT
// The part of a browser's RTCPeerConnection that stanza's sessions use, without media or network:
// it offers audio, or a data channel when one was made, finds one candidate, and judges the answer.
'use strict';

const session = (mid, media) => [
  'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `a=group:BUNDLE ${mid}`, ...media,
  'c=IN IP4 0.0.0.0', 'a=ice-ufrag:caller', 'a=ice-pwd:thepasswordofthecaller',
  `a=fingerprint:sha-256 ${Array(32).fill('A5').join(':')}`, 'a=setup:actpass', `a=mid:${mid}`, '',
].join('\r\n');

const AUDIO = session('0', [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 0', 'a=rtpmap:111 opus/48000/2', 'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtcp-fb:111 transport-cc', 'a=rtpmap:0 PCMU/8000', 'a=rtcp-mux', 'a=sendrecv', 'a=ssrc:1234 cname:caller',
]);
const CHANNEL = session('data', ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=sctp-port:5000']);
const CANDIDATE = 'candidate:1 1 udp 2113937151 127.0.0.1 40000 typ host';

/** What an SDP negotiates: [{ mid, media, codecs }] */
function media(sdp) {
  return sdp.split(/^(?=m=)/m).slice(1).map(section => ({
    mid: /^a=mid:(.*?)\r?$/m.exec(section)?.[1],
    media: /^m=(\w+)/.exec(section)[1],
    codecs: [...section.matchAll(/^a=rtpmap:\d+ (.*?)\r?$/gm)].map(match => match[1]),
  }));
}

class Phone extends EventTarget {
  constructor(onAnswer) {
    super();
    this.onAnswer = onAnswer;
    this.signalingState = 'stable';
    this.iceConnectionState = 'new';
    this.offered = AUDIO;
  }

  createDataChannel() {
    this.offered = CHANNEL;
    return {};
  }

  async createOffer() {
    return { type: 'offer', sdp: this.offered };
  }

  async setLocalDescription(description) {
    this.localDescription = description;
    this.signalingState = 'have-local-offer';
    const sdpMid = media(description.sdp)[0].mid;
    setImmediate(() => { // when the offer is on its way
      this.onicecandidate({ candidate: { candidate: CANDIDATE, sdpMid } });
      this.onicecandidate({ candidate: null });
    });
  }

  async setRemoteDescription(description) {
    const offered = media(this.offered);
    const answered = media(description.sdp);
    if (description.type !== 'answer' || answered.length !== offered.length)
      throw new Error(`${offered.length} media were offered: ${description.type} ${description.sdp}`);
    for (const [i, { mid, media: kind, codecs }] of answered.entries())
      if (mid !== offered[i].mid || kind !== offered[i].media || !codecs.length ||
          !codecs.every(codec => offered[i].codecs.includes(codec)))
        throw new Error(`that was not offered: ${description.sdp}`);
    this.remoteDescription = description;
    this.signalingState = 'stable';
    this.onAnswer(answered);
  }

  getReceivers() {
    return [];
  }

  close() {
    this.signalingState = 'closed';
  }
}

module.exports = Phone;
