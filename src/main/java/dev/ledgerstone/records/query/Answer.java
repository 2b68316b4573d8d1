package dev.ledgerstone.records.query;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a plan read.
 *
 * @param rows of the page
 * @param total rows of which the page is a part, as far as they were counted
 * @param body a JSON array of the rows, in UTF-8
 * @param version of the one row, if it was asked for and is there
 * @param cursor of the last row, if one was asked for and there may be more
 */
public record Answer(
    long rows, OptionalLong total, byte[] body, OptionalLong version, Optional<String> cursor) {}
