package dev.ledgerstone.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.common.uri.UriQuery;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.Function;

/** Answers of the form {@code {"data":[…],"next":"cursor or null"}}, streamed row by row. */
public final class Lists {
  static final int MOST = 500;
  static final int USUAL = 50;

  private Lists() {}

  /**
   * Which page was asked for.
   *
   * @param limit rows of a page
   * @param after the key behind which it begins; empty for the first page
   */
  public record Page(int limit, Optional<ObjectNode> after) {
    /** How many rows to fetch: the one too many tells that there is a next page. */
    public int fetch() {
      return limit + 1;
    }
  }

  /** Writes one row, as a JSON value. */
  @FunctionalInterface
  public interface Row<T> {
    void write(JsonGenerator json, T row) throws IOException;
  }

  /** The page of a request's {@code limit} and {@code cursor}. */
  public static Page page(ServerRequest request) {
    UriQuery query = request.query();
    int limit = query.contains("limit") ? limit(query.get("limit")) : USUAL;
    Optional<ObjectNode> after =
        query.contains("cursor")
            ? Optional.of(Cursor.decode(query.get("cursor")))
            : Optional.empty();
    return new Page(limit, after);
  }

  /**
   * Answers with a page.
   *
   * @param rows at most {@link Page#fetch} of them, in the order of their keys
   * @param key the sort key of a row, from which the next page's cursor is made
   */
  public static <T> void send(
      ServerResponse response, Page page, Iterator<T> rows, Row<T> row, Function<T, ObjectNode> key)
      throws IOException {
    response.header(HeaderValues.CONTENT_TYPE_JSON);
    // Not closed when a row fails: closing would complete the document, and it must not look whole.
    JsonGenerator json =
        Json.MAPPER
            .createGenerator(response.outputStream())
            .disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)
            .disable(JsonGenerator.Feature.FLUSH_PASSED_TO_STREAM);
    json.writeStartObject();
    json.writeArrayFieldStart("data");
    T last = null;
    for (int count = 0; count < page.limit() && rows.hasNext(); count++) {
      last = rows.next();
      row.write(json, last);
    }
    json.writeEndArray();
    if (last != null && rows.hasNext()) {
      json.writeStringField("next", Cursor.encode(key.apply(last)));
    } else {
      json.writeNullField("next");
    }
    json.writeEndObject();
    json.close();
  }

  private static int limit(String text) {
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= MOST) {
        return limit;
      }
    } catch (NumberFormatException _) {
      // Told below, as a number out of range is.
    }
    throw new RequestProblem.Invalid(
            "limit", "limit is out of range", "give a whole number from 1 to " + MOST)
        .exception();
  }
}
