package dev.ledgerstone.gateway.provider.local;

/**
 * A sentence that bears on a question.
 *
 * @param document the document's name
 * @param start of the sentence in the document's text, in UTF-16 units
 * @param end just behind its last character
 * @param text the document's text from start to end
 * @param score from 0 to 1, how well it fits
 */
record Quote(String document, int start, int end, String text, double score) {}
