# SPDX-License-Identifier: MIT
"""What model.py must know of XML, reasons and errors."""

NS = 'urn:xmpp:jingle:1'
TYING = {'session-initiate', 'session-accept', 'content-add', 'content-accept', 'content-reject',
         'content-modify', 'content-remove', 'transport-replace', 'transport-accept',
         'transport-reject', 'source-add', 'source-remove'}
SOURCES = {'source-add', 'source-remove'}
DEFINED = TYING | {'session-terminate', 'session-info', 'security-info', 'description-info',
                   'transport-info'}
REASONS = ('alternative-session busy cancel connectivity-error decline expired failed-application '
           'failed-transport general-error gone incompatible-parameters media-error security-error '
           'success timeout unsupported-applications unsupported-transports').split()

BAD_REQUEST = {'type': 'cancel', 'condition': 'bad-request'}
UNKNOWN = {'type': 'cancel', 'condition': 'item-not-found', 'jingle': 'unknown-session'}
OUT_OF_ORDER = {'type': 'cancel', 'condition': 'unexpected-request', 'jingle': 'out-of-order'}
TIE_BREAK = {'type': 'cancel', 'condition': 'conflict', 'jingle': 'tie-break'}
UNSUPPORTED_INFO = {'type': 'modify', 'condition': 'feature-not-implemented',
                    'jingle': 'unsupported-info'}


def split(tag):
    return tuple(tag[1:].split('}')) if tag[0] == '{' else ('', tag)


def escape(text, quotes=False):
    text = text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
    return text.replace('"', '&quot;') if quotes else text


def canonical(element, outer=NS):
    ns, name = split(element.tag)
    attrs = ''.join(f' {key}="{escape(value, True)}"' for key, value in sorted(element.items()))
    xmlns = f' xmlns="{ns}"' if ns != outer else ''
    inside = escape(element.text or '') if not len(element) else ''
    inside += ''.join(canonical(child, ns) for child in element)
    return f'<{name}{xmlns}{attrs}' + (f'>{inside}</{name}>' if inside else '/>')


def children(element, name):
    return [child for child in element if child.tag == f'{{{NS}}}{name}']


def namespace(content, name):
    """That of the description or transport, whose own namespace is never Jingle's."""
    found = [split(child.tag)[0] for child in content if split(child.tag)[1] == name]
    return found[0] if found else None


def well_formed(jingle):
    contents = children(jingle, 'content')
    for content in contents:
        if (content.get('name') is None or content.get('creator', 'initiator') not in ('initiator', 'responder')
                or content.get('senders', 'both') not in ('both', 'initiator', 'none', 'responder')
                or not namespace(content, 'description') or not namespace(content, 'transport')):
            return False
    return any(content.get('disposition', 'session') == 'session' for content in contents)


def reason_of(jingle):
    """As the event shows it."""
    reasons = children(jingle, 'reason')
    if not reasons:
        return {'condition': 'success'}
    shown = {'condition': None}
    for child in reasons[0]:
        name = split(child.tag)[1]
        if name in REASONS:
            shown['condition'] = name
            sid = children(child, 'sid')
            if sid:
                shown['sid'] = sid[0].text
        elif name == 'text':
            shown['text'] = child.text
    return shown


def reason_xml(reason):
    sid = f'<sid>{escape(reason["sid"])}</sid>' if 'sid' in reason else ''
    text = f'<text>{escape(reason["text"])}</text>' if 'text' in reason else ''
    name = reason['condition']
    inside = f'<{name}>{sid}</{name}>' if sid else f'<{name}/>'
    return f'<reason>{inside}{text}</reason>'


def read_error(iq):
    error = next((child for child in iq if split(child.tag)[1] == 'error'), None)
    shown = {'type': None if error is None else error.get('type'), 'condition': None}
    for child in error if error is not None else ():
        ns, name = split(child.tag)
        shown['jingle' if ns == 'urn:xmpp:jingle:errors:1' else 'condition'] = name
    return shown
