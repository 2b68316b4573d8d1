/**
 * The fast state that nodes share: one connection to Redis, or none.
 *
 * <p>Promises: a question to Redis returns within a bounded time, with an answer or without one,
 * and never fails; while Redis is away nobody waits for it, and it is back by itself. What is done
 * without it is for the room that asks to say. Asks the JDK only.
 */
@NullMarked
package dev.ledgerstone.state;

import org.jspecify.annotations.NullMarked;
