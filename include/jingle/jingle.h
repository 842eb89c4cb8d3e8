/* SPDX-License-Identifier: MIT */
/** @file
 *  Jingle (XEP-0166) for programs that use libstrophe: everything in one include. */
#ifndef JINGLE_JINGLE_H
#define JINGLE_JINGLE_H

#include "binding.h"
#include "data.h"
#include "files.h"
#include "ibb.h"
#include "managed.h"
#include "manager.h"
#include "names.h"
#include "session.h"
#include "version.h"

#endif
