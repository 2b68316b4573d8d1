/**
 * The built-in models, in this process and offline: {@code all-minilm-l6-v2} makes embeddings,
 * {@code extract} answers a question by quoting what the conversation gives.
 *
 * <p>Owns the models' memory, threads and cache. Promises: the same request gets the same answer; a
 * quote is the text between its offsets, letter by letter; nothing is called over a network; work
 * is bounded and stops when cancelled. Asks base and problem; see docs/local-models.md.
 */
@NullMarked
package dev.ledgerstone.gateway.provider.local;

import org.jspecify.annotations.NullMarked;
