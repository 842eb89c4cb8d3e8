/* SPDX-License-Identifier: MIT */
/** @file
 *  What a stranger may say of a file. */
#include "files.h"

#include <stdio.h>

#include <jingle/ibb.h>
#include <jingle/s5b.h>

const char *files_payload(const jingle_file_t *file, jingle_action_t action, uint32_t value)
{
    static const char *const news[] = {
        "<transport xmlns='" JINGLE_NS_S5B_TRANSPORT "' sid='v'><candidate-error/></transport>",
        "<transport xmlns='" JINGLE_NS_S5B_TRANSPORT "' sid='v'><proxy-error/></transport>",
        "<transport xmlns='" JINGLE_NS_S5B_TRANSPORT
        "' sid='v'><candidate cid='c' host='192.0.2.1' "
        "jid='p@proxy.example/p' port='1080' priority='9999999' type='direct'/></transport>",
        "<transport xmlns='" JINGLE_NS_IBB_TRANSPORT "' sid='v' block-size='10'/>"};
    static char xml[1024];
    jingle_content_t *content = file ? jingle_file_get_content(file) : NULL;
    const char *name = content ? jingle_content_get_name(content) : "a";

    if (action == JINGLE_ACTION_SESSION_TERMINATE)
        return value >> 8 & 1 ? "<reason><cancel/></reason>" : "<reason><success/></reason>";
    if (action == JINGLE_ACTION_SESSION_INFO)
        snprintf(xml, sizeof xml,
                 "<%s xmlns='" JINGLE_NS_FILE_TRANSFER "' creator='initiator' name='%s'/>",
                 value >> 8 & 1 ? "received" : "checksum", name);
    else
        snprintf(xml, sizeof xml,
                 "<content creator='initiator' name='%s' senders='initiator'><description "
                 "xmlns='" JINGLE_NS_FILE_TRANSFER
                 "'><file><name>x</name><size>%lu</size></file></description>"
                 "%s</content>",
                 name, (unsigned long)(value >> 16), news[(value >> 8) % 4]);
    return xml;
}
