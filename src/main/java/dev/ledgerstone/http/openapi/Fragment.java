package dev.ledgerstone.http.openapi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.http.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A part of the description: {@code tags}, {@code paths} and {@code components} of OpenAPI.
 *
 * <p>What is said of many operations is short there: a body or an answer that is a mere name is a
 * component's JSON, {@code [Name]} a page of it, a parameter that is a mere name a component. An
 * operation says by {@code x-permission} what its caller needs, and by {@code x-route} under which
 * pattern it is served where that is not its path.
 */
public record Fragment(ObjectNode tree) {
  /** The {@code openapi.yaml} in the package of a class. */
  public static Fragment beside(Class<?> type) {
    try (InputStream in = type.getResourceAsStream("openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("no openapi.yaml stands beside " + type.getName());
      }
      LoadSettings settings = LoadSettings.builder().setLabel(type.getPackageName()).build();
      JsonNode tree = Json.MAPPER.valueToTree(new Load(settings).loadFromInputStream(in));
      return new Fragment((ObjectNode) tree);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
