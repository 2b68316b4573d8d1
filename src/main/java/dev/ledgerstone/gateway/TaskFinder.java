package dev.ledgerstone.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.dialogue.Spoken;
import dev.ledgerstone.gateway.route.Gist;
import dev.ledgerstone.gateway.route.TaskRules;
import dev.ledgerstone.ledger.TaskType;
import java.io.IOException;

/** Finds out what a request is for, by what it says. */
final class TaskFinder {
  private static final JsonFactory JSON = new JsonFactory();

  private final TaskRules rules = TaskRules.bundled();

  TaskType find(ClientRequest request) {
    Spoken spoken = request.spoken();
    if (spoken == null) {
      try (JsonParser json = JSON.createParser(request.kept())) {
        spoken = new Spoken(words(json), "", 0);
      } catch (IOException e) {
        return TaskType.GENERAL; // a form, of sound
      }
    }
    return rules.find(
        new Gist(
            spoken.last(),
            spoken.system(),
            spoken.turns(),
            request.images() > 0,
            request.isUnbounded(),
            request.body().length - request.imageBytes()));
  }

  /** The words of a call that is no dialogue. */
  private static String words(JsonParser json) throws IOException {
    String words = "";
    json.nextToken();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      JsonToken value = json.nextToken();
      if (value == JsonToken.VALUE_STRING && (name.equals("prompt") || name.equals("input"))) {
        words = json.getText();
      }
      json.skipChildren();
    }
    return words;
  }
}
