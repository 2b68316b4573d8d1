package dev.ledgerstone.records;

import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.http.IfMatch;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * Under which a request writes.
 *
 * @param ifMatch the versions that its rows must have
 * @param mostAffected rows that it may change; empty: as many as there are
 */
record Terms(Actor actor, IfMatch ifMatch, OptionalLong mostAffected, Instant now) {}
