/* SPDX-License-Identifier: MIT */
/** @file
 *  Which candidate it is to be, XEP-0260 section 2.4. */
#include "s5b.h"

jingle__s5b_nominated_t jingle__s5b_nominate(bool initiator, jingle__s5b_said_t we,
                                             uint32_t we_priority, jingle__s5b_said_t they,
                                             uint32_t they_priority)
{
    if (we == S5B_SAID_NOTHING || they == S5B_SAID_NOTHING)
        return S5B_UNDECIDED;
    if (we == S5B_SAID_ERROR && they == S5B_SAID_ERROR)
        return S5B_NONE;
    if (they == S5B_SAID_ERROR)
        return S5B_THEIRS;
    if (we == S5B_SAID_ERROR)
        return S5B_OURS;
    if (we_priority != they_priority)
        return we_priority > they_priority ? S5B_THEIRS : S5B_OURS;
    /* Equal: the candidate that the initiator named, which is one of the responder's. */
    return initiator ? S5B_THEIRS : S5B_OURS;
}
