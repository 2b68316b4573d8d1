package dev.ledgerstone.http.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * {@code /docs/problems}: what every code means and how it is mended, as docs/problems.md has it. A
 * test writes {@code problems.json} and holds it against the program.
 */
final class ProblemPages {
  private static final String HTML = "text/html; charset=utf-8";

  private final JsonNode problems;
  private final Page all;

  /**
   * @param problems by code, each with its status, detail and hint
   */
  ProblemPages(JsonNode problems) {
    this.problems = problems;
    StringBuilder rows = new StringBuilder();
    problems.properties().forEach(it -> rows.append(row(it.getKey(), it.getValue())));
    this.all = page("Problems", table(rows.toString()));
  }

  static ProblemPages ofResource() {
    try (InputStream in = ProblemPages.class.getResourceAsStream("problems.json")) {
      if (in == null) {
        throw new IllegalStateException("the program lacks problems.json");
      }
      return new ProblemPages(Json.MAPPER.readTree(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Page all() {
    return all;
  }

  Optional<Page> one(String code) {
    JsonNode problem = problems.get(code);
    return problem == null
        ? Optional.empty()
        : Optional.of(
            page(
                escaped(code),
                table(row(code, problem)) + "<p><a href=\"/docs/problems\">All problems</a></p>"));
  }

  private static String row(String code, JsonNode problem) {
    return """
        <tr id="%1$s"><td><a href="/docs/problems/%1$s"><code>%1$s</code></a><br><span class="quiet">%2$d</span></td>
        <td>%3$s<br><span class="quiet">%4$s</span></td></tr>
        """
        .formatted(
            escaped(code),
            problem.path("status").asInt(),
            escaped(problem.path("detail").asText()),
            escaped(problem.path("hint").asText()));
  }

  private static String table(String rows) {
    return "<p class=\"quiet\">The code and its status; what happened, then how to mend it.</p>"
        + "<table class=\"rows\"><tbody>\n"
        + rows
        + "</tbody></table>";
  }

  private static Page page(String title, String body) {
    String html =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>%1$s</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/docs/viewer.css">
        </head>
        <body><main><article>
        <h2>%1$s</h2>
        %2$s
        </article></main></body>
        </html>
        """
            .formatted(title, body);
    return Page.of(HTML, html.getBytes(StandardCharsets.UTF_8));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
