package dev.ledgerstone.gateway;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.ledgerstone.gateway.dialogue.ClientRequest;
import dev.ledgerstone.gateway.route.Gist;
import dev.ledgerstone.gateway.route.TaskRules;
import dev.ledgerstone.ledger.TaskType;
import java.io.IOException;

/** Finds out what a request is for, by what it says. */
final class TaskFinder {
  private static final JsonFactory JSON = new JsonFactory();

  private final TaskRules rules = TaskRules.bundled();

  TaskType find(ClientRequest request) {
    try (JsonParser json = JSON.createParser(request.kept())) {
      return rules.find(new Reading(request).read(json));
    } catch (IOException e) {
      return TaskType.GENERAL; // a form, of sound
    }
  }

  /** Takes the last thing that was said, and the system's words, out of a body. */
  private static final class Reading {
    private final ClientRequest request;
    private String role = "";
    private String said = "";
    private String system = "";
    private String last = "";
    private int turns;

    private Reading(ClientRequest request) {
      this.request = request;
    }

    private Gist read(JsonParser json) throws IOException {
      json.nextToken();
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        JsonToken value = json.nextToken();
        switch (name) {
          case "messages" -> messages(json);
          case "system", "instructions" -> {
            content(json, value);
            system = said;
          }
          case "prompt", "input" -> {
            if (value == JsonToken.VALUE_STRING) {
              last = json.getText();
            } else if (value == JsonToken.START_ARRAY && name.equals("input")) {
              messages(json);
            }
          }
          default -> {}
        }
        json.skipChildren();
      }
      return new Gist(
          last,
          system,
          turns,
          request.images() > 0,
          request.isUnbounded(),
          request.body().length - request.imageBytes());
    }

    private void messages(JsonParser json) throws IOException {
      while (json.nextToken() == JsonToken.START_OBJECT) {
        role = "";
        said = "";
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
          JsonToken value = json.nextToken();
          if (name.equals("role") && value == JsonToken.VALUE_STRING) {
            role = json.getText();
          } else if (name.equals("content")) {
            content(json, value);
          }
          json.skipChildren();
        }
        switch (role) {
          case "user" -> {
            last = said;
            turns++;
          }
          case "system", "developer" -> system = said;
          default -> {}
        }
      }
    }

    private void content(JsonParser json, JsonToken value) throws IOException {
      if (value == JsonToken.VALUE_STRING) {
        said = json.getText();
      } else if (value == JsonToken.START_ARRAY) {
        StringBuilder texts = new StringBuilder();
        while (json.nextToken() == JsonToken.START_OBJECT) {
          for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            if (json.nextToken() == JsonToken.VALUE_STRING && name.equals("text")) {
              texts.append(json.getText()).append('\n');
            }
            json.skipChildren();
          }
        }
        said = texts.toString();
      }
    }
  }
}
