package dev.ledgerstone.gateway.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.gateway.provider.local.Document.Span;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConversationTest {
  private static Conversation read(ObjectNode request) {
    byte[] body = request.toString().getBytes(StandardCharsets.UTF_8);
    return Conversation.of(ChatCall.read(Fields.of(body)));
  }

  private static Conversation read(String... messages) {
    return read(Local.request(messages));
  }

  private static String material(Document document) {
    StringBuilder material = new StringBuilder();
    for (Span span : document.material()) {
      material.append(span.in(document.text())).append('|');
    }
    return material.toString();
  }

  @Test
  void theLastUserMessageAsksAndAllOthersButTheAssistantsAreMaterial() {
    Conversation conversation =
        read(
            "system", "The sky is blue.",
            "user", "Grass is green.",
            "assistant", "Snow is black.",
            "tool", "Coal is black.",
            "user", "What colour is grass?");
    assertThat(conversation.question()).isEqualTo("What colour is grass?");
    assertThat(conversation.documents())
        .extracting(Document::name)
        .containsExactly("messages[0].content", "messages[1].content", "messages[3].content");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The rent is 5. The deposit is 9.\n\nWhat is the deposit?",
        "The rent is 5. The deposit is 9. What is the deposit?",
        "The rent is 5. The deposit is 9.\n\nWhat is the deposit? Please be brief.",
        "What is the deposit?\n\nThe rent is 5. The deposit is 9.",
        "Context:\nThe rent is 5. The deposit is 9.\n\nQuestion: What is the deposit?\nAnswer:",
        "Is it dear? Yes. The rent is 5. The deposit is 9.\n\nQuestion: What is the deposit?",
        "Question: Is it dear?\nAnswer: The rent is 5. The deposit is 9.\n\nWhat is the deposit?",
        "The rent is 5.\n\nIs there more? The deposit is 9.\n\nWhat is the deposit?\n",
      })
  void aMessageMayHoldBothQuestionAndMaterial(String text) {
    Conversation conversation = read("user", text);
    assertThat(conversation.question()).isEqualTo("What is the deposit?");
    assertThat(conversation.documents()).hasSize(1);
    Document document = conversation.documents().getFirst();
    assertThat(document.text()).isEqualTo(text);
    assertThat(material(document))
        .contains("The rent is 5.", "The deposit is 9.")
        .doesNotContain("What is the deposit?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The rent is 5.\n\nThe deposit is 9.\n\nTell me the deposit.",
        "Tell me the deposit. :\n\nThe rent is 5.\n\nThe deposit is 9.",
      })
  void aRequestNeedsNoQuestionMark(String text) {
    Conversation conversation = read("user", text);
    assertThat(conversation.question()).startsWith("Tell me the deposit.");
    assertThat(material(conversation.documents().getFirst()))
        .contains("The rent is 5.", "The deposit is 9.")
        .doesNotContain("Tell me");
  }

  @Test
  void severalQuestionsAtTheEndAreOne() {
    assertThat(read("user", "The rent is 5.\n\nIs it dear? Who pays it?").question())
        .isEqualTo("Is it dear? Who pays it?");
  }

  @Test
  void blocksAreDocumentsWithTheirNames() {
    Conversation conversation =
        read(
            "user",
            """
            Use only these.
            <documents>
            <document name="a.txt">
            First. Why?
            </document>
            <document title='b & c' lang="de">Zweites.</document>
            <document index="3"><source>c.txt</source><document_content>
            Third.
            </document_content></document>
            <document>Fourth.</document>
            <document name="a.txt">Fifth.</document>
            </documents>
            Answer briefly. What is first?
            """);
    assertThat(conversation.question()).isEqualTo("What is first?");
    assertThat(conversation.documents())
        .extracting(Document::name)
        .containsExactly("a.txt", "b & c", "c.txt", "messages[0].content document 4", "a.txt (2)");
    assertThat(conversation.documents())
        .extracting(Document::text)
        .containsExactly("First. Why?", "Zweites.", "Third.", "Fourth.", "Fifth.");
    assertThat(conversation.documents().get(1).language().getLanguage()).isEqualTo("de");
  }

  @Test
  void theQuestionMayStandBeforeTheBlocks() {
    assertThat(read("user", "What is it?\n<document>It is a cat.</document>\n").question())
        .isEqualTo("What is it?");
  }

  @Test
  void ofSeveralPartsTheOneThatAsksIsTheQuestion() {
    ObjectNode request = Local.request();
    ObjectNode message = request.withArray("messages").addObject().put("role", "user");
    message.putArray("content").addObject().put("type", "text").put("text", "What is it?");
    message.withArray("content").addObject().put("type", "text").put("text", "It is a cat.");
    Conversation conversation = read(request);
    assertThat(conversation.question()).isEqualTo("What is it?");
    assertThat(conversation.documents())
        .extracting(Document::name)
        .containsExactly("messages[0].content[1].text");
  }

  @Test
  void brokenTagsCostNoMoreThanTheirLength() {
    String text = "<document <document name=\"x ".repeat(40_000) + "\n\nWhat is it?";
    assertThat(read("user", text).question()).isEqualTo("What is it?");
    String unclosed = "<document>".repeat(100_000) + "\n\nWhat is it?";
    assertThat(read("user", unclosed).documents()).hasSize(1);
  }

  @Test
  void namesNeverCollide() {
    Conversation conversation =
        read(
            "system",
            "<document name='x'>1</document><document name='x (1)'>2</document>"
                + "<document name='x'>3</document><document name='x'>4</document>",
            "user",
            "Which?");
    assertThat(conversation.documents()).extracting(Document::name).doesNotHaveDuplicates();
    assertThat(conversation.documents())
        .extracting(Document::text)
        .isEqualTo(List.of("1", "2", "3", "4"));
  }
}
