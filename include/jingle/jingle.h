/* SPDX-License-Identifier: MIT */
/** @file
 *  Jingle (XEP-0166) for programs that use libstrophe: everything in one include. */
#ifndef JINGLE_JINGLE_H
#define JINGLE_JINGLE_H

#include <jingle/binding.h>
#include <jingle/data.h>
#include <jingle/files.h>
#include <jingle/hashes.h>
#include <jingle/ibb.h>
#include <jingle/managed.h>
#include <jingle/manager.h>
#include <jingle/names.h>
#include <jingle/net.h>
#include <jingle/s5b.h>
#include <jingle/save.h>
#include <jingle/session.h>
#include <jingle/version.h>

#endif
