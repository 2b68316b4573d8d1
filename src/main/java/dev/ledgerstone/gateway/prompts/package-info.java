/**
 * Prompts and agents: what a request may name in place of writing it out.
 *
 * <p>A prompt's versions never change and its labels move; an agent is a system prompt, a service,
 * tools and bounds under one name. Both are kept in memory and turned into a plain chat request
 * before anything else reads it, so that limits, budgets and cache see what will be sent. Asks
 * base, problem and db.
 */
@NullMarked
package dev.ledgerstone.gateway.prompts;

import org.jspecify.annotations.NullMarked;
