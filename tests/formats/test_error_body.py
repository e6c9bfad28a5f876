from mockserver.formats.error_body import error_body


def test_body_has_a_name_and_a_message() -> None:
    assert error_body("world_full", "the quota is “used up”") == (
        '{"error":"world_full","message":"the quota is “used up”"}'.encode()
    )
