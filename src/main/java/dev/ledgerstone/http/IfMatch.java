package dev.ledgerstone.http;

import dev.ledgerstone.problem.RequestProblem;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;

/**
 * The versions on which a writer insists (RFC 9110, section 13.1.1): a row's ETag is its version in
 * quotes.
 *
 * @param tags as they were sent; empty: the writer does not insist
 */
public record IfMatch(List<String> tags) {
  public IfMatch {
    tags = List.copyOf(tags);
  }

  public static IfMatch of(ServerRequest request) {
    return request.headers().contains(HeaderNames.IF_MATCH)
        ? new IfMatch(
            request.headers().get(HeaderNames.IF_MATCH).allValues(true).stream()
                .map(String::strip)
                .toList())
        : new IfMatch(List.of());
  }

  /** Refuses to write over a version that the writer has not seen. A weak tag matches nothing. */
  public void check(String what, long version) {
    if (!tags.isEmpty() && !tags.contains("*") && !tags.contains(tag(version))) {
      throw new RequestProblem.Stale(what, version).exception();
    }
  }

  /** Tells the version that an answer shows. */
  public static void tell(ServerResponse response, long version) {
    response.header(HeaderNames.ETAG, tag(version));
  }

  private static String tag(long version) {
    return "\"" + version + "\"";
  }
}
