package dev.ledgerstone.gateway.provider.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is said: the content, cut where the caller wants it to end.
 *
 * @param finish {@code stop}, or {@code length} when the bound of tokens cut it
 * @param tokens of the content
 */
record Reply(String content, String finish, int tokens, List<Quote> quotes) {
  private static final String NOTHING =
      "I only quote, and nothing in the material given bears on this question.";
  private static final String NO_MATERIAL =
      "I only quote, and no material was given that I could quote from.";

  static Reply of(List<Quote> quotes, boolean hasMaterial, ChatCall call, WordPiece pieces) {
    String none = hasMaterial ? NOTHING : NO_MATERIAL;
    String content = call.isJson() ? json(quotes, none) : text(quotes, none);
    for (String stop : call.stop()) {
      int at = content.indexOf(stop);
      content = at < 0 ? content : content.substring(0, at);
    }
    WordPiece.Tokens tokens = pieces.tokenize(content);
    Integer limit = call.maxTokens();
    if (limit != null && limit < tokens.size()) {
      String cut = content.substring(0, tokens.ends()[limit - 1]);
      return new Reply(cut, "length", limit, quotes);
    }
    return new Reply(content, "stop", tokens.size(), quotes);
  }

  private static String text(List<Quote> quotes, String none) {
    if (quotes.isEmpty()) {
      return none;
    }
    StringBuilder text = new StringBuilder("Quoted from the material given, best match first:\n");
    int number = 1;
    for (Quote quote : quotes) {
      text.append('\n').append(number++).append(". “").append(quote.text()).append("” [");
      text.append(quote.document()).append(", ");
      text.append(quote.start()).append('–').append(quote.end()).append(']');
    }
    return text.toString();
  }

  private static String json(List<Quote> quotes, String none) {
    ObjectNode json = Fields.JSON.createObjectNode();
    String quoted =
        quotes.stream()
            .map(quote -> "“" + quote.text() + "”")
            .collect(Collectors.joining(" ", "Quoted from the material given: ", ""));
    json.put("answer", quotes.isEmpty() ? none : quoted);
    json.set("quotes", list(quotes));
    return new String(LocalAnswer.bytes(json), StandardCharsets.UTF_8);
  }

  private static ArrayNode list(List<Quote> quotes) {
    ArrayNode list = Fields.JSON.createArrayNode();
    for (Quote quote : quotes) {
      list.addObject()
          .put("document", quote.document())
          .put("start", quote.start())
          .put("end", quote.end())
          .put("text", quote.text())
          .put("score", quote.score());
    }
    return list;
  }

  /** The quotes as data, beside the content: {@code {"quotes": […]}}. */
  ObjectNode extension() {
    ObjectNode extension = Fields.JSON.createObjectNode();
    extension.set("quotes", list(quotes));
    return extension;
  }

  /** The content in pieces, for a stream: its lines, each with its line break. */
  List<String> deltas() {
    return content.isEmpty() ? List.of() : List.of(content.split("(?<=\n)"));
  }
}
