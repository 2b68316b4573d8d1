package dev.ledgerstone.gateway.dialogue;

import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.ledger.Units;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's request in its own format: what the gateway must know of any, and its bytes. */
public interface ClientRequest {
  /** What is asked. */
  Endpoint endpoint();

  /** As it came; must not be changed. */
  byte[] body();

  /** As the client named it; not empty. */
  String model();

  boolean isStream();

  /** Whether the client wants a stream's usage. */
  boolean wantsUsage();

  /** The client's limit of each output; null: none given. */
  @Nullable Integer maxOutputTokens();

  /** How many outputs are generated and billed, each of them up to the limit. */
  long outputs();

  /** Functions that the model may call. */
  int tools();

  /** Pictures that are sent, in the body or elsewhere. */
  int images();

  /** Bytes of the body that are pictures in base64 and never read as text. */
  long imageBytes();

  /** Whether something is sent whose size the body does not tell. */
  boolean isUnbounded();

  /**
   * The most tokens that the input can be billed as, whatever the provider's tokenizer.
   *
   * @param tokensPerImage the most that an image is billed as
   */
  long worstInputTokens(int tokensPerImage);

  /** What is said in it; null: whoever wants to know reads the body. */
  default @Nullable Spoken spoken() {
    return null;
  }

  /** What two requests share that are the same to an Idempotency-Key. */
  default byte[] identity() {
    return body();
  }

  /** What is kept of it where a tenant keeps bodies: JSON. */
  default byte[] kept() {
    return body();
  }

  /** The type of the body. */
  default String contentType() {
    return "application/json";
  }

  /** Tokens that are written at most; null: as the limit says, or as many as the model can. */
  default @Nullable Long worstOutputTokens() {
    return null;
  }

  /** What is used at most beside tokens. */
  default Units worstUnits() {
    return Units.NONE;
  }

  /** Under which names it has a price, the most special first. */
  default List<String> priceNames(String model) {
    return List.of(model);
  }

  /**
   * The same with values of fields where it lacks them.
   *
   * @param defaults raw JSON by the field's name
   */
  ClientRequest completed(Map<String, String> defaults);

  /** The body for an upstream of the same format: changed where it must be and nowhere else. */
  byte[] passed(Destination destination);
}
