/**
 * Collections of small facts that go by themselves after a while: page views, readings of devices,
 * steps of model work.
 *
 * <p>Owns the rows of {@code event_records}, or their like in MongoDB. Promises: what was answered
 * with 201 can be read until its time is over, by its tenant alone, and the same questions have the
 * same answers in every store. Asks db, http, access, events.
 */
@NullMarked
package dev.ledgerstone.events.collections;

import org.jspecify.annotations.NullMarked;
