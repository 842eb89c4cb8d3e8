/* SPDX-License-Identifier: MIT */
/** @file
 *  Jingle data: what one `<jingle/>` says, as structs, and back to XML without loss.
 *
 *  A program that sends fills these structs; a handler that receives reads them. Strings and
 *  elements in received data are borrowed from the stanza: they live as long as the reply the
 *  handler got (see jingle_reply_clone()). What the library does not know (attributes, children)
 *  is kept and written again. Whether an attribute was there is kept too: the fields are the raw
 *  text, NULL where absent, and the jingle_content_data_ getters apply the defaults. */
#ifndef JINGLE_DATA_H
#define JINGLE_DATA_H

#include <stddef.h>

#include <strophe.h>

#include <jingle/names.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Octets of what a content is named and described by: its four attributes; and of the namespace of an
 *  element in it, in a reason or beside them. What is longer is over the limit (manager.h) where it is
 *  received, and is not sent: JINGLE_ELIMIT. Of a reason in session-terminate the condition alone is. */
#define JINGLE_NAME_MAX 1023

/** One attribute that the library gives no meaning. */
typedef struct {
    const char *name;  /**< without prefix */
    const char *value; /**< unescaped */
} jingle_attr_t;

/** What is kept of an element beyond its known fields, in the order received. Where a reason or an
 *  error has a condition or text that says more than the field can hold (attributes, children), or
 *  several of one kind, they are all among the children too, and writing takes them, not the field. */
typedef struct {
    const jingle_attr_t *attrs;     /**< unknown attributes */
    size_t n_attrs;                 /**< how many */
    xmpp_stanza_t *const *children; /**< unknown child elements */
    size_t n_children;              /**< how many */
} jingle_foreign_t;

/** `<content/>`, XEP-0166 section 7.3. */
typedef struct {
    const char *creator;        /**< "initiator", "responder"; NULL when absent */
    const char *name;           /**< required on the wire */
    const char *senders;        /**< "both", "initiator", "none", "responder"; NULL when absent */
    const char *disposition;    /**< NULL when absent, which means "session" */
    xmpp_stanza_t *description; /**< the application's; NULL when absent */
    xmpp_stanza_t *transport;   /**< the transport's; NULL when absent */
    xmpp_stanza_t *security;    /**< the security precondition's; NULL when absent */
    jingle_foreign_t foreign;   /**< all else */
} jingle_content_data_t;

/** `<reason/>`, XEP-0166 section 7.4. */
typedef struct {
    jingle_condition_t condition; /**< JINGLE_REASON_UNDEFINED: none of the 17 */
    const char *text;             /**< for people; NULL when absent */
    const char *lang;             /**< language of text; NULL when absent */
    const char *alternative_sid;  /**< with alternative-session; NULL when absent */
    xmpp_stanza_t *detail;        /**< the one element of a foreign namespace; NULL when absent */
    jingle_foreign_t foreign;     /**< all else, unknown conditions included */
} jingle_reason_t;

/** An error of an IQ, RFC 6120 section 8.3, with the Jingle condition of XEP-0166 section 10. */
typedef struct {
    const char *type;         /**< NULL: "cancel" when sent */
    const char *condition;    /**< NULL: "internal-server-error" when sent */
    const char *jingle;       /**< condition in JINGLE_NS_ERRORS, or NULL */
    const char *text;         /**< for people, or NULL */
    const char *lang;         /**< language of text, or NULL */
    const char *address;      /**< with redirect and gone: the new address, or NULL */
    const char *by;           /**< who raised it, or NULL */
    jingle_foreign_t foreign; /**< all else */
} jingle_error_t;

/** An error made in place: `jingle_reply_error(reply, JINGLE_ERROR(.condition = "not-acceptable"))`.
 *  In C++ fill a jingle_error_t by hand. */
#define JINGLE_ERROR(...) (&(const jingle_error_t){__VA_ARGS__})

/** What one `<jingle/>` says. */
typedef struct {
    jingle_action_t action;  /**< JINGLE_ACTION_UNKNOWN: see action_name */
    const char *action_name; /**< as received; sending ignores it */
    const char *sid;         /**< as received; jingle_session_send() fills in its own */
    const char *initiator;   /**< as received; set by the engine when sent */
    const char *responder;   /**< as received; set by the engine when sent */
    const jingle_content_data_t *contents; /**< in the order received */
    size_t n_contents;                     /**< how many */
    const jingle_reason_t *reason;         /**< NULL when absent */
    jingle_foreign_t foreign; /**< its children are the payloads, `<group/>` included */
} jingle_data_t;

/** @return who made the content; initiator when absent (XEP-0166 section 7.3) */
JINGLE_API jingle_creator_t jingle_content_data_get_creator(const jingle_content_data_t *content);
/** @return who sends; both when absent (XEP-0166 section 7.3) */
JINGLE_API jingle_senders_t jingle_content_data_get_senders(const jingle_content_data_t *content);
/** @return the disposition; "session" when absent (XEP-0166 section 7.3); never NULL */
JINGLE_API const char *jingle_content_data_get_disposition(const jingle_content_data_t *content);

/** The first payload (unknown child of `<jingle/>`) in a namespace.
 *  @param ns namespace, or NULL for the first payload of any
 *  @return borrowed from data; NULL when there is none */
JINGLE_API xmpp_stanza_t *jingle_data_get_payload(const jingle_data_t *data, const char *ns);

/** The namespace of an element as it applies to the element itself; "" when it has none.
 *  NULL elements are met calmly. */
JINGLE_API const char *jingle_element_ns(xmpp_stanza_t *element);
/** The first child element of that name and namespace (either may be NULL for any); or NULL. */
JINGLE_API xmpp_stanza_t *jingle_element_child(xmpp_stanza_t *element, const char *name,
                                               const char *ns);
/** The next element among the siblings after this one, text skipped; or NULL. */
JINGLE_API xmpp_stanza_t *jingle_element_next(xmpp_stanza_t *element);
/** The text of an element when it is one piece, which is what a parser gives: borrowed; "" when it
 *  has none. */
JINGLE_API const char *jingle_element_text(xmpp_stanza_t *element);

/** Reads a `<jingle/>` element. Nothing is judged: an unknown action, an undefined creator and a
 *  missing name can be read and written again.
 *  @param mem   allocator, or NULL for malloc; must outlive the result
 *  @param jingle the element; kept by reference until jingle_data_free()
 *  @param out   receives the data
 *  @return JINGLE_EOK, JINGLE_EINVAL (NULL, or no `<jingle/>` of JINGLE_NS), JINGLE_EMEM,
 *          JINGLE_ELIMIT (more than 65,535 children or 1,023 attributes of one element; more than
 *          JINGLE_NAME_MAX octets) */
JINGLE_API int jingle_data_new(const xmpp_mem_t *mem, xmpp_stanza_t *jingle,
                               const jingle_data_t **out);
/** Gives back what jingle_data_new() made. NULL is ignored. */
JINGLE_API void jingle_data_free(const jingle_data_t *data);

/** Writes `<jingle/>` from the structs: contents, then the reason, then payloads (the order of the
 *  schema in XEP-0166).
 *  @param mem  allocator, or NULL for malloc; free *xml with it
 *  @param data action may be JINGLE_ACTION_UNKNOWN, then action_name is written
 *  @param xml  receives NUL-terminated text
 *  @return JINGLE_EOK, JINGLE_EINVAL, JINGLE_EMEM, JINGLE_ELIMIT (kept elements nested deeper
 *          than 256, or with more than 1,023 attributes; more than JINGLE_NAME_MAX octets) */
JINGLE_API int jingle_data_to_xml(const xmpp_mem_t *mem, const jingle_data_t *data, char **xml);

/** Reads the `<error/>` of an IQ of type error. The strings are borrowed from the stanza; foreign
 *  parts are allocated and given back by jingle_error_free().
 *  @return as jingle_data_new(); a stanza without `<error/>` gives an error whose fields are NULL */
JINGLE_API int jingle_error_new(const xmpp_mem_t *mem, xmpp_stanza_t *iq,
                                const jingle_error_t **out);
/** Gives back what jingle_error_new() made. NULL is ignored. */
JINGLE_API void jingle_error_free(const jingle_error_t *error);
/** Writes `<error/>` from the struct. Parameters and results as jingle_data_to_xml(). */
JINGLE_API int jingle_error_to_xml(const xmpp_mem_t *mem, const jingle_error_t *error, char **xml);

/** Which of the defined errors this is: by its conditions, never by its type (XEP-0166 section 10;
 *  the Jingle condition may be missing).
 *  @return JINGLE_ERROR_OTHER when it is none of them */
JINGLE_API jingle_error_code_t jingle_error_get_code(const jingle_error_t *error);
/** The fields of a defined error, without text.
 *  @return a constant; for JINGLE_ERROR_OTHER that of JINGLE_ERROR_INTERNAL_SERVER_ERROR */
JINGLE_API const jingle_error_t *jingle_error_of(jingle_error_code_t code);
/** A few words for people about an error that a peer or server sent; never NULL. */
JINGLE_API const char *jingle_error_words(const jingle_error_t *error);

#ifdef __cplusplus
}
#endif

#endif
