/**
 * What AI can do, shown: industries, use cases and discovery tools.
 *
 * <p>Owns {@code industries}, {@code use_case_categories}, {@code use_cases}, {@code
 * discovery_tools}, their executions and the examples that drive them. Promises: what the platform
 * brings is on every server under the same ids, and what a tenant changed is never written over.
 * Asks base and db.
 */
@NullMarked
package dev.ledgerstone.showcase;

import org.jspecify.annotations.NullMarked;
