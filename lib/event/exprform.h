/*
 * exprform: the forms that contain whole expressions: calls, [..] and {..}.
 *
 * All return NULL, and out->foreign set, where something is not native.
 */
#ifndef EVENT_EXPRFORM_H
#define EVENT_EXPRFORM_H

#include "event/exprterm.h"

/* At a word. */
struct exprnode *exprform_call(struct exprterm *p);
/* Behind the opening bracket. */
struct exprnode *exprform_array(struct exprterm *p);
struct exprnode *exprform_object(struct exprterm *p);

#endif
