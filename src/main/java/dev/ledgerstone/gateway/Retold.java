package dev.ledgerstone.gateway;

import dev.ledgerstone.gateway.cache.Replay;
import dev.ledgerstone.gateway.cache.StoredAnswer;
import dev.ledgerstone.gateway.dialogue.EventReader;
import dev.ledgerstone.gateway.dialogue.EventWriter;
import dev.ledgerstone.gateway.dialogue.Frame;
import dev.ledgerstone.gateway.dialogue.Losses;
import dev.ledgerstone.gateway.dialogue.ProviderFormat;
import dev.ledgerstone.gateway.dialogue.Reply;
import dev.ledgerstone.gateway.dialogue.ReplyCollector;
import dev.ledgerstone.gateway.dialogue.StreamEvent;
import dev.ledgerstone.gateway.provider.SseReader;
import dev.ledgerstone.gateway.wire.WireJson;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An answer that was kept, as a client of any format gets it: byte for byte where format and form
 * are the client's own, and else told anew.
 *
 * @param bytes as they are; null: {@code reply} is written
 * @param lost what the provider said and no other format has a word for
 */
record Retold(byte @Nullable [] bytes, @Nullable Reply reply, Losses lost) {
  private static final String OPENAI = "openai";

  /**
   * Of an answer that is kept.
   *
   * @param spoken the format in which the provider is spoken to now
   * @return null: it cannot be given in the form that the call asks for
   */
  static @Nullable Retold of(Call call, ProviderFormat spoken, StoredAnswer answer) {
    boolean isStream = call.request.isStream();
    if (answer.format().equals(call.format.name())) {
      if (answer.format().equals(OPENAI)) {
        byte[] bytes =
            isStream
                ? Replay.events(call.request.endpoint(), answer, call.request.wantsUsage())
                : Replay.whole(call.request.endpoint(), answer);
        return bytes == null ? null : new Retold(bytes, null, new Losses());
      }
      if (answer.isStream() == isStream) {
        return new Retold(answer.body(), null, new Losses());
      }
    }
    if (!answer.format().equals(spoken.name())) {
      return null; // the provider has learnt another format since
    }
    Losses lost = new Losses();
    return reply(spoken, answer.body(), answer.isStream(), lost)
        .map(reply -> new Retold(null, reply, lost))
        .orElse(null);
  }

  /** What a provider said, whole or as a stream; empty: it cannot be understood. */
  static Optional<Reply> reply(ProviderFormat format, byte[] body, boolean isStream) {
    return reply(format, body, isStream, new Losses());
  }

  private static Optional<Reply> reply(
      ProviderFormat format, byte[] body, boolean isStream, Losses lost) {
    try {
      if (!isStream) {
        return format.read(WireJson.MAPPER.readTree(body), lost);
      }
      EventReader reader = format.events();
      ReplyCollector collector = new ReplyCollector();
      Consumer<StreamEvent> sink =
          event -> {
            collector.take(event);
            if (event instanceof StreamEvent.Lost(String what)) {
              lost.drop(what);
            }
          };
      SseReader events = new SseReader(new ByteArrayInputStream(body));
      while (events.next()) {
        if (events.dataTo() > events.dataFrom()) {
          reader.read(events.dataBuffer(), events.dataFrom(), events.dataTo(), sink);
        }
      }
      return collector.reply();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The answer without a stream's end, in the client's format. */
  byte[] write(Call call, Frame frame) {
    if (reply == null) {
      return Objects.requireNonNull(bytes);
    }
    lost.dropped().forEach(call.losses::drop);
    if (!call.request.isStream()) {
      return call.format.write(reply, frame, call.losses);
    }
    EventWriter writer = call.format.events(frame, call.losses);
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    for (StreamEvent event : reply.events()) {
      writer.write(event, out);
    }
    return out.toByteArray();
  }
}
