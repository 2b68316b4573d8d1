package dev.ledgerstone.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of a list, followed by their cursors. */
class ListsTest {
  private static final int ROWS = 1234;

  private static final TestServer SERVER =
      TestServer.of(
          rules ->
              rules
                  .get(
                      "/rows",
                      (request, response) -> {
                        Lists.Page page = Lists.page(request);
                        int from = page.after().map(it -> it.path("n").intValue() + 1).orElse(0);
                        List<Integer> rows =
                            IntStream.range(from, Math.min(ROWS, from + page.fetch()))
                                .boxed()
                                .toList();
                        Lists.send(
                            response,
                            page,
                            rows.iterator(),
                            (json, row) -> json.writeNumber(row),
                            row -> Json.MAPPER.createObjectNode().put("n", row));
                      })
                  .get(
                      "/broken",
                      (request, response) ->
                          Lists.send(
                              response,
                              Lists.page(request),
                              IntStream.range(0, 400).iterator(),
                              (json, row) -> {
                                if (row == 300) {
                                  throw new IllegalStateException("planted");
                                }
                                json.writeString("r".repeat(100));
                              },
                              _ -> Json.MAPPER.createObjectNode())));

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static JsonNode list(RawClient client, String query) throws Exception {
    RawClient.Answer answer = client.get("/rows" + query);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    return Json.MAPPER.readTree(answer.body());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "limit=1234", "limit=0", "limit=-1", "limit=501", "limit=x"})
  void theLimitIsBounded(String query) {
    RawClient.Answer answer = SERVER.get("/rows?" + query);
    assertThat(answer.status()).isEqualTo(query.isEmpty() ? 200 : 400);
    assertThat(answer.body())
        .contains(query.isEmpty() ? "[0,1," : "give a whole number from 1 to 500");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 50, 499, 500})
  void everyRowIsReachedOnce(int limit) throws Exception {
    List<Integer> seen = new ArrayList<>();
    try (RawClient client = SERVER.connect()) {
      JsonNode page = list(client, "?limit=" + limit);
      while (true) {
        page.path("data").forEach(it -> seen.add(it.intValue()));
        assertThat(page.path("data").size()).isLessThanOrEqualTo(limit);
        if (page.path("next").isNull()) {
          break;
        }
        page = list(client, "?limit=" + limit + "&cursor=" + page.path("next").textValue());
      }
    }
    assertThat(seen).containsExactlyElementsOf(IntStream.range(0, ROWS).boxed().toList());
  }

  @Test
  void aListThatBreaksOffDoesNotLookWhole() {
    RawClient.Answer answer = SERVER.get("/broken?limit=500");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.whole()).isFalse();
    assertThat(answer.body()).startsWith("{\"data\":[").doesNotContain("]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "%00", "AAAA", "AAAAAHsAfQ", "e30"})
  void aForeignCursorIsRefused(String cursor) {
    RawClient.Answer answer = SERVER.get("/rows?cursor=" + cursor);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.body()).contains("\"field\":\"cursor\"");
  }

  @Property(tries = 300)
  void aCursorComesBackAsItWentAndNoEditedOneDoes(
      @ForAll String text, @ForAll long number, @ForAll @IntRange(max = 1 << 20) int edit) {
    ObjectNode key =
        Json.MAPPER
            .createObjectNode()
            .put("t", text.substring(0, Math.min(100, text.length())).replaceAll("\\p{Cs}", ""))
            .put("n", number);
    String cursor = Cursor.encode(key);
    assertThat(cursor).matches("[A-Za-z0-9_-]+");
    assertThat(Cursor.decode(cursor).toString()).isEqualTo(key.toString());
    // Not the last letter: it may hold bits that stand for nothing.
    int at = edit % (cursor.length() - 1);
    char other = cursor.charAt(at) == 'A' ? 'B' : 'A';
    String edited = cursor.substring(0, at) + other + cursor.substring(at + 1);
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> Cursor.decode(edited))
        .isInstanceOf(ProblemException.class);
  }
}
