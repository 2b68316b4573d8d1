package dev.ledgerstone.gateway.provider.local;

import dev.ledgerstone.gateway.provider.local.ChatCall.Message;
import dev.ledgerstone.gateway.provider.local.ChatCall.Role;
import dev.ledgerstone.gateway.provider.local.ChatCall.Text;
import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What is asked, and what is given to answer it from.
 *
 * <p>The question stands in the last user message. All else that system, developer, user and tool
 * messages say is material; what an assistant said is not. A text with document blocks gives the
 * blocks, and what stands around them is instruction or question.
 *
 * @param documents with names that differ
 */
record Conversation(String question, List<Document> documents) {
  private static final Pattern LIST_TAGS = Pattern.compile("</?documents>");

  static Conversation of(ChatCall call) {
    int asking = lastUser(call.messages());
    List<Document> documents = new ArrayList<>();
    String question = "";
    for (int i = 0; i < call.messages().size(); i++) {
      Message message = call.messages().get(i);
      if (message.role() == Role.ASSISTANT) {
        continue;
      }
      int asked = i == asking ? askingText(message.texts()) : -1;
      for (int k = 0; k < message.texts().size(); k++) {
        Text text = message.texts().get(k);
        Blocks blocks = Blocks.of(text, call.language());
        documents.addAll(blocks.documents());
        if (k == asked) {
          question = question(text, blocks, documents, call.language());
        } else if (blocks.documents().isEmpty()) {
          documents.add(Document.whole(text.path(), text.text(), call.language()));
        }
      }
    }
    if (question.isBlank()) {
      throw Fields.unsupported(
          "messages", "the last user message holds no question", "ask in the last user message");
    }
    return new Conversation(question, distinct(documents));
  }

  private static int lastUser(List<Message> messages) {
    for (int i = messages.size() - 1; i >= 0; i--) {
      Message message = messages.get(i);
      if (message.role() == Role.USER) {
        return i;
      }
    }
    throw Fields.unsupported(
        "messages", "messages holds no message of role user", "ask in a user message");
  }

  /**
   * The part of a message that asks: the last that ends in a question, else the last with words.
   */
  private static int askingText(List<Text> texts) {
    int last = -1;
    int lastQuestion = -1;
    for (int k = 0; k < texts.size(); k++) {
      String text = texts.get(k).text();
      if (!text.isBlank()) {
        last = k;
        lastQuestion = Question.ends(text) ? k : lastQuestion;
      }
    }
    return lastQuestion >= 0 ? lastQuestion : last;
  }

  /** Takes the question out of a text; what remains of a text without blocks is material. */
  private static String question(
      Text text, Blocks blocks, List<Document> documents, Locale language) {
    String all = text.text();
    if (!blocks.documents().isEmpty()) {
      for (Span part : blocks.outside().reversed()) {
        String words = LIST_TAGS.matcher(part.in(all)).replaceAll(" ");
        if (!words.isBlank()) {
          return Question.in(words, language).in(words).strip();
        }
      }
      return "";
    }
    Span question = Question.in(all, language);
    List<Span> rest =
        List.of(new Span(0, question.start()), new Span(question.end(), all.length()));
    if (rest.stream().anyMatch(span -> !span.in(all).isBlank())) {
      documents.add(new Document(text.path(), all, rest, language));
    }
    return question.in(all).strip();
  }

  /** Numbers the names that come twice, so that a quote's document is one. */
  private static List<Document> distinct(List<Document> documents) {
    Map<String, Integer> seen = new HashMap<>();
    List<Document> distinct = new ArrayList<>(documents.size());
    for (Document document : documents) {
      String name = document.name();
      int count = seen.merge(name, 1, Integer::sum);
      while (count > 1 && seen.containsKey(name)) {
        name = document.name() + " (" + count++ + ")";
      }
      seen.putIfAbsent(name, 1);
      distinct.add(new Document(name, document.text(), document.material(), document.language()));
    }
    return List.copyOf(distinct);
  }
}
