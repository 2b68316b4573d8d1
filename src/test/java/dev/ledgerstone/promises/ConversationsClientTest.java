package dev.ledgerstone.promises;

import static dev.ledgerstone.db.schema.Tables.AUDIT_LOGS;
import static dev.ledgerstone.db.schema.Tables.TENANTS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.conversations.Conversation;
import com.openai.models.conversations.ConversationCreateParams;
import com.openai.models.conversations.ConversationUpdateParams;
import com.openai.models.conversations.items.ConversationItem;
import com.openai.models.conversations.items.ItemCreateParams;
import com.openai.models.conversations.items.ItemDeleteParams;
import com.openai.models.conversations.items.ItemListParams;
import com.openai.models.conversations.items.ItemRetrieveParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.inputtokens.InputTokenCountParams;
import dev.ledgerstone.access.UserStore;
import dev.ledgerstone.audit.Actor;
import dev.ledgerstone.cli.Server;
import dev.ledgerstone.db.Engine;
import dev.ledgerstone.db.schema.tables.records.AuditLogsRecord;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** OpenAI's own client of the Conversations API, and of what the Responses API has beside it. */
@ParameterizedClass
@EnumSource(Engine.class)
class ConversationsClientTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ANNS_KEY = "lsk_test_house_00000003";

  private final House house;
  private final Server server;
  private final OpenAIClient openai;

  ConversationsClientTest(Engine engine) throws IOException {
    house = new House(engine).hardBudget("wide", 1_000_000_000);
    house.database.write(
        sql -> {
          UUID tenant =
              sql.select(TENANTS.ID)
                  .from(TENANTS)
                  .where(TENANTS.SLUG.eq("default"))
                  .fetchSingle(TENANTS.ID);
          UserStore.create(sql, Actor.system(tenant), "ann", null, "OWNER", Instant.now());
          return null;
        });
    house.has("keys", "{ name: anns, key: " + ANNS_KEY + ", user: ann }");
    server = house.open();
    openai = client(House.KEY);
  }

  private OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl("http://127.0.0.1:" + server.port() + "/v1")
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  @AfterEach
  void close() throws Exception {
    openai.close();
    house.books.awaitSettled(Duration.ofSeconds(5));
    house.books.balance();
    house.close();
  }

  private static EasyInputMessage said(String text) {
    return EasyInputMessage.builder().role(EasyInputMessage.Role.USER).content(text).build();
  }

  private Conversation begun() {
    return openai
        .conversations()
        .create(
            ConversationCreateParams.builder()
                .metadata(
                    ConversationCreateParams.Metadata.builder()
                        .putAdditionalProperty("topic", JsonValue.from("trains"))
                        .build())
                .addItem(said("My name is Ann."))
                .build());
  }

  /** Of the row that holds an item. */
  private static UUID uuid(String item) {
    return UUID.fromString(
        item.substring(item.indexOf('_') + 1)
            .replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5"));
  }

  private ResponseCreateParams.Builder asked(String text) {
    return ResponseCreateParams.builder().model("priced").input(text).maxOutputTokens(100);
  }

  private List<ConversationItem> items(Conversation conversation) {
    return openai
        .conversations()
        .items()
        .list(conversation.id(), ItemListParams.builder().order(ItemListParams.Order.ASC).build())
        .items();
  }

  private static String text(ConversationItem item) {
    var part = item.message().orElseThrow().content().getFirst();
    return part.inputText()
        .map(text -> text.text())
        .orElseGet(() -> part.outputText().orElseThrow().text());
  }

  private JsonNode sent() throws IOException {
    return JSON.readTree(house.upstream.received().getLast().body()).path("messages");
  }

  @Test
  void aConversationIsBegunReadLabelledAndPutAway() {
    Conversation empty = openai.conversations().create();
    Conversation begun = begun();

    assertThat(empty.id()).matches("conv_[0-9a-f]{32}");
    assertThat(items(empty)).isEmpty();
    assertThat(openai.conversations().retrieve(begun.id())).isEqualTo(begun);
    assertThat(begun._metadata()).isEqualTo(JsonValue.from(Map.of("topic", "trains")));

    Conversation labelled =
        openai
            .conversations()
            .update(
                begun.id(),
                ConversationUpdateParams.builder()
                    .metadata(
                        ConversationUpdateParams.Metadata.builder()
                            .putAdditionalProperty("topic", JsonValue.from("ships"))
                            .build())
                    .build());
    assertThat(labelled._metadata()).isEqualTo(JsonValue.from(Map.of("topic", "ships")));

    assertThat(openai.conversations().delete(begun.id()).deleted()).isTrue();
    assertThatThrownBy(() -> openai.conversations().retrieve(begun.id()))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> items(begun)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void itemsAreAddedListedReadAndTakenAway() {
    Conversation begun = begun();
    List<ConversationItem> added =
        openai
            .conversations()
            .items()
            .create(
                begun.id(),
                ItemCreateParams.builder().addItem(said("two")).addItem(said("three")).build())
            .data();

    assertThat(added).extracting(ConversationsClientTest::text).containsExactly("two", "three");
    assertThat(items(begun))
        .extracting(ConversationsClientTest::text)
        .containsExactly("My name is Ann.", "two", "three");
    String second = added.getFirst().message().orElseThrow().id();
    assertThat(
            text(
                openai
                    .conversations()
                    .items()
                    .retrieve(
                        second, ItemRetrieveParams.builder().conversationId(begun.id()).build())))
        .isEqualTo("two");
    var page =
        openai.conversations().items().list(begun.id(), ItemListParams.builder().limit(2).build());
    assertThat(page.items())
        .extracting(ConversationsClientTest::text)
        .as("newest first")
        .containsExactly("three", "two");
    assertThat(page.autoPager().stream().map(ConversationsClientTest::text))
        .containsExactly("three", "two", "My name is Ann.");

    openai
        .conversations()
        .items()
        .delete(second, ItemDeleteParams.builder().conversationId(begun.id()).build());

    assertThat(items(begun))
        .extracting(ConversationsClientTest::text)
        .as("what followed it follows what it followed")
        .containsExactly("My name is Ann.", "three");
    UUID follower = uuid(added.getLast().message().orElseThrow().id());
    AuditLogsRecord change =
        house.database.read(
            sql ->
                sql.selectFrom(AUDIT_LOGS)
                    .where(AUDIT_LOGS.ROW_ID.eq(follower))
                    .and(AUDIT_LOGS.ACTION.eq("UPDATE"))
                    .fetchSingle());
    assertThat(change.getOldValues().path("parent_id").asText()).isEqualTo(uuid(second).toString());
    assertThat(change.getNewValues().path("parent_id").asText())
        .isEqualTo(uuid(items(begun).getFirst().message().orElseThrow().id()).toString());
  }

  @Test
  void aResponseInAConversationHearsWhatWasSaidAndIsAddedToIt() throws Exception {
    Conversation begun = begun();

    Response first = openai.responses().create(asked("Who am I?").conversation(begun.id()).build());

    assertThat(first.conversation().orElseThrow().id()).isEqualTo(begun.id());
    assertThat(sent().toString()).contains("My name is Ann.", "Who am I?");
    assertThat(items(begun)).hasSize(3);

    Response second = openai.responses().create(asked("Sure?").conversation(begun.id()).build());

    assertThat(sent()).as("what one side says at once is one message").hasSize(3);
    assertThat(sent().path(1).path("role").asText()).isEqualTo("assistant");
    assertThat(items(begun)).hasSize(5);
    assertThat(openai.responses().retrieve(second.id()).id()).isEqualTo(second.id());
    String answer = items(begun).getLast().message().orElseThrow().id();
    openai
        .conversations()
        .items()
        .delete(answer, ItemDeleteParams.builder().conversationId(begun.id()).build());
    assertThat(items(begun)).hasSize(4);
    assertThat(openai.responses().retrieve(second.id()).output()).isEmpty();
  }

  @Test
  void whatAChatSaidInItIsThereToo() throws Exception {
    Conversation begun = begun();
    String id = begun.id().substring("conv_".length());
    String uuid = id.replaceFirst("(.{8})(.{4})(.{4})(.{4})(.{12})", "$1-$2-$3-$4-$5");
    Client client = new Client(server.port(), House.KEY);
    assertThat(client.ask(Ask.of("priced").with("x-conversation-id", uuid)).isAnswered()).isTrue();

    assertThat(items(begun)).hasSize(3);
    assertThat(items(begun).getLast().message().orElseThrow().role().toString())
        .isEqualTo("assistant");
    openai.responses().create(asked("And?").conversation(begun.id()).build());
    assertThat(sent().toString()).contains("My name is Ann.", "Say ten words.", "word0", "And?");
    assertThat(sent()).hasSize(3);
  }

  @Test
  void aConversationIsItsUsersAlone() {
    Conversation begun = begun();
    OpenAIClient other = client(ANNS_KEY);
    try {
      assertThatThrownBy(() -> other.conversations().retrieve(begun.id()))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(
              () -> other.responses().create(asked("?").conversation(begun.id()).build()))
          .isInstanceOf(NotFoundException.class);
    } finally {
      other.close();
    }
    assertThat(house.upstream.received()).isEmpty();
  }

  @Test
  void whatCannotBeKeptIsRefusedByItsName() {
    Conversation begun = begun();

    assertThatThrownBy(
            () ->
                openai
                    .conversations()
                    .items()
                    .create(
                        begun.id(),
                        ItemCreateParams.builder().addItemReferenceItem("item_1").build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("items[0]");
    assertThatThrownBy(
            () ->
                openai.responses().create(asked("?").conversation(begun.id()).store(false).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("store");
    assertThat(items(begun)).hasSize(1);
    assertThat(house.books.lines()).isEmpty();
  }

  @Test
  void theTokensOfAnInputAreCountedAndNobodyIsAsked() {
    long bare = count(InputTokenCountParams.builder().model("priced").input("one two three"));
    Conversation begun = begun();
    long inIt =
        count(
            InputTokenCountParams.builder()
                .model("priced")
                .conversation(begun.id())
                .input("one two three"));

    assertThat(bare).isBetween(5L, 20L);
    assertThat(inIt).isGreaterThan(bare + 4);
    assertThat(house.upstream.received()).isEmpty();
    assertThat(house.books.lines()).isEmpty();
  }

  private long count(InputTokenCountParams.Builder params) {
    return openai.responses().inputTokens().count(params.build()).inputTokens();
  }

  @Test
  void noResponseCanBeCancelledThatIsNotAnsweredInTheBackground() {
    Response response = openai.responses().create(asked("Hi").build());

    assertThatThrownBy(() -> openai.responses().cancel(response.id()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("background");
    assertThatThrownBy(() -> openai.responses().cancel("resp_00000000000000000000000000000000"))
        .isInstanceOf(NotFoundException.class);
  }
}
