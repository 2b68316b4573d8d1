package dev.ledgerstone.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import dev.ledgerstone.gateway.media.MediaRequest;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.wire.WireJson;
import dev.ledgerstone.ledger.TokenUsage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Images, sound or words of a transcript in events that pass as they are. The last one, which says
 * what was used, is held back until the call is settled.
 */
final class MediaFlow implements Flow {
  /** An image in base64 is one event. */
  private static final int MOST_EVENT = 32 << 20;

  private final MediaRequest request;
  private final ByteArrayOutputStream held = new ByteArrayOutputStream(0);
  private boolean hasLast;
  private boolean isDone;
  private @Nullable TokenUsage usage;
  private byte @Nullable [] error;

  MediaFlow(MediaRequest request) {
    this.request = request;
  }

  @Override
  public int mostEventBytes() {
    return MOST_EVENT;
  }

  @Override
  public Sign look(SseReader event) {
    String name = event.type();
    JsonNode data = null;
    if (name.equals("message")) {
      if (event.data().equals("[DONE]")) {
        hold(event);
        isDone = true;
        return Sign.DONE;
      }
      data = read(event);
      name = data.path("type").asText();
    }
    if (name.equals("error")) {
      error = event.data().getBytes(UTF_8);
      return Sign.BROKEN;
    }
    if (name.endsWith(".done") || name.endsWith(".completed")) {
      hasLast = true;
      usage = request.used(data == null ? read(event) : data);
      hold(event);
      return Sign.SILENT;
    }
    return Sign.DATA;
  }

  private void hold(SseReader event) {
    held.write(event.buffer(), event.from(), event.length());
  }

  private static JsonNode read(SseReader event) {
    try {
      return WireJson.MAPPER.readTree(
          event.dataBuffer(), event.dataFrom(), event.dataTo() - event.dataFrom());
    } catch (IOException e) {
      return WireJson.MAPPER.nullNode(); // not what was promised: it passes, and says nothing
    }
  }

  @Override
  public void hand(SseReader event, Sink sink) {
    if (held.size() > 0) {
      byte[] before = held.toByteArray(); // it was not the last after all
      held.reset();
      sink.write(before, 0, before.length);
    }
    sink.write(event.buffer(), event.from(), event.length());
  }

  @Override
  public byte[] tail(TokenUsage used) {
    return held.toByteArray();
  }

  @Override
  public boolean isWhole() {
    return hasLast || isDone;
  }

  @Override
  public Optional<TokenUsage> usage() {
    return Optional.ofNullable(usage);
  }

  @Override
  public boolean isUsageFinal() {
    return hasLast;
  }

  @Override
  public byte @Nullable [] error() {
    return error;
  }

  @Override
  public @Nullable String id() {
    return null;
  }

  @Override
  public @Nullable String finishReason() {
    return null;
  }

  @Override
  public boolean isBareEnd() {
    return false;
  }

  @Override
  public String outputText() {
    return "";
  }

  @Override
  public long droppedOutputBytes() {
    return 0;
  }
}
