from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "model" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "name_key" VARCHAR(800) NOT NULL UNIQUE,
    "description" TEXT,
    "champion_id" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "created_by" UUID
);
CREATE INDEX IF NOT EXISTS "idx_model_champio_079f6d" ON "model" ("champion_id");
COMMENT ON TABLE "model" IS 'A name that versions are registered under; `name_key` is the name as it is compared.';
        CREATE TABLE IF NOT EXISTS "customer_profile" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "attributes" JSONB NOT NULL,
    "note" TEXT,
    "scored_version_id" UUID,
    "revision" INT NOT NULL,
    "key_hash" VARCHAR(64),
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "account_id" UUID NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE,
    "model_id" UUID REFERENCES "model" ("id") ON DELETE RESTRICT
);
CREATE INDEX IF NOT EXISTS "idx_customer_pr_key_has_abe99c" ON "customer_profile" ("key_hash");
CREATE INDEX IF NOT EXISTS "idx_customer_pr_account_7f4e92" ON "customer_profile" ("account_id", "id");
CREATE INDEX IF NOT EXISTS "idx_customer_pr_model_i_bcd713" ON "customer_profile" ("model_id", "scored_version_id");
COMMENT ON TABLE "customer_profile" IS 'A customer of somebody''s own. `model` is what it is placed by; None until there is one.';
        CREATE TABLE IF NOT EXISTS "model_version" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "note" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "created_by" UUID,
    "model_id" UUID NOT NULL REFERENCES "model" ("id") ON DELETE CASCADE,
    "run_id" UUID NOT NULL REFERENCES "clustering_run" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_model_versi_model_i_8326e5" UNIQUE ("model_id", "version")
);
CREATE INDEX IF NOT EXISTS "idx_model_versi_run_id_684d42" ON "model_version" ("run_id");
COMMENT ON TABLE "model_version" IS 'A run as the next version of a model, for good. Its scorer is the run''s.';
        CREATE TABLE IF NOT EXISTS "dataset_prediction" (
    "id" UUID NOT NULL PRIMARY KEY,
    "fingerprint" VARCHAR(64) NOT NULL,
    "outcome" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL,
    "created_by" UUID,
    "dataset_id" UUID NOT NULL REFERENCES "dataset" ("id") ON DELETE CASCADE,
    "model_version_id" UUID REFERENCES "model_version" ("id") ON DELETE CASCADE,
    "run_id" UUID NOT NULL REFERENCES "clustering_run" ("id") ON DELETE CASCADE,
    "job_id" UUID NOT NULL UNIQUE REFERENCES "job" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_dataset_pre_created_73983f" ON "dataset_prediction" ("created_by");
CREATE INDEX IF NOT EXISTS "idx_dataset_pre_run_id_4da292" ON "dataset_prediction" ("run_id", "id");
CREATE INDEX IF NOT EXISTS "idx_dataset_pre_model_v_9b0a88" ON "dataset_prediction" ("model_version_id", "id");
CREATE INDEX IF NOT EXISTS "idx_dataset_pre_dataset_f02ac0" ON "dataset_prediction" ("dataset_id", "fingerprint");
COMMENT ON TABLE "dataset_prediction" IS 'A whole dataset placed in a run''s segments. Its state is the job''s.';
        CREATE TABLE IF NOT EXISTS "audience" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "name_key" VARCHAR(800) NOT NULL UNIQUE,
    "description" TEXT,
    "kind" VARCHAR(32) NOT NULL,
    "holdout_share" DOUBLE PRECISION NOT NULL,
    "salt" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "created_by" UUID,
    "dataset_prediction_id" UUID REFERENCES "dataset_prediction" ("id") ON DELETE RESTRICT,
    "model_id" UUID REFERENCES "model" ("id") ON DELETE RESTRICT,
    "segment_id" UUID NOT NULL REFERENCES "segment" ("id") ON DELETE RESTRICT
);
CREATE INDEX IF NOT EXISTS "idx_audience_dataset_c13a9a" ON "audience" ("dataset_prediction_id");
CREATE INDEX IF NOT EXISTS "idx_audience_model_i_508506" ON "audience" ("model_id");
CREATE INDEX IF NOT EXISTS "idx_audience_segment_31da17" ON "audience" ("segment_id");
COMMENT ON TABLE "audience" IS 'A segment as an audience; `name_key` is the name as it is compared.';
        CREATE TABLE IF NOT EXISTS "profile_placement" (
    "id" UUID NOT NULL PRIMARY KEY,
    "version" INT NOT NULL,
    "segment_name" TEXT,
    "unassigned" VARCHAR(32),
    "confidence" DOUBLE PRECISION,
    "distance" DOUBLE PRECISION,
    "problem" TEXT,
    "placed_at" TIMESTAMPTZ NOT NULL,
    "model_version_id" UUID REFERENCES "model_version" ("id") ON DELETE SET NULL,
    "profile_id" UUID NOT NULL REFERENCES "customer_profile" ("id") ON DELETE CASCADE,
    "segment_id" UUID REFERENCES "segment" ("id") ON DELETE SET NULL
);
CREATE INDEX IF NOT EXISTS "idx_profile_pla_model_v_b49a6a" ON "profile_placement" ("model_version_id");
CREATE INDEX IF NOT EXISTS "idx_profile_pla_segment_4831f0" ON "profile_placement" ("segment_id");
CREATE INDEX IF NOT EXISTS "idx_profile_pla_profile_1f5ecc" ON "profile_placement" ("profile_id", "id");
COMMENT ON TABLE "profile_placement" IS 'Where a profile''s customer belonged since `placed_at`; the newest is where it belongs now.';
        CREATE TABLE IF NOT EXISTS "promotion" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(32) NOT NULL,
    "undone" BOOL NOT NULL,
    "note" TEXT,
    "at" TIMESTAMPTZ NOT NULL,
    "by" UUID,
    "model_id" UUID NOT NULL REFERENCES "model" ("id") ON DELETE CASCADE,
    "version_id" UUID NOT NULL REFERENCES "model_version" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_promotion_version_91f0d4" ON "promotion" ("version_id");
CREATE INDEX IF NOT EXISTS "idx_promotion_model_i_df2878" ON "promotion" ("model_id", "id");
COMMENT ON TABLE "promotion" IS 'An entry of a model''s history: since `at` this version was champion.';
        CREATE TABLE IF NOT EXISTS "remembered_prediction" (
    "id" UUID NOT NULL PRIMARY KEY,
    "unassigned" VARCHAR(32),
    "confidence" DOUBLE PRECISION,
    "distance" DOUBLE PRECISION,
    "customer_key" TEXT,
    "key_hash" VARCHAR(64),
    "attributes" JSONB NOT NULL,
    "predicted_at" TIMESTAMPTZ NOT NULL,
    "predicted_by" UUID,
    "model_version_id" UUID REFERENCES "model_version" ("id") ON DELETE CASCADE,
    "run_id" UUID NOT NULL REFERENCES "clustering_run" ("id") ON DELETE CASCADE,
    "runner_up_id" UUID REFERENCES "segment" ("id") ON DELETE CASCADE,
    "segment_id" UUID REFERENCES "segment" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_remembered__key_has_3daac7" ON "remembered_prediction" ("key_hash");
CREATE INDEX IF NOT EXISTS "idx_remembered__predict_e33d30" ON "remembered_prediction" ("predicted_at");
CREATE INDEX IF NOT EXISTS "idx_remembered__runner__8d3bb0" ON "remembered_prediction" ("runner_up_id");
CREATE INDEX IF NOT EXISTS "idx_remembered__run_id_024a8c" ON "remembered_prediction" ("run_id", "id");
CREATE INDEX IF NOT EXISTS "idx_remembered__model_v_94a258" ON "remembered_prediction" ("model_version_id", "id");
CREATE INDEX IF NOT EXISTS "idx_remembered__segment_bd0e19" ON "remembered_prediction" ("segment_id", "id");
CREATE INDEX IF NOT EXISTS "idx_remembered__predict_f44b4c" ON "remembered_prediction" ("predicted_by", "id");
COMMENT ON TABLE "remembered_prediction" IS 'Where a customer was said to belong. `model_version` is None where a run was asked itself.';
        CREATE TABLE IF NOT EXISTS "training_comparison" (
    "id" UUID NOT NULL PRIMARY KEY,
    "criterion" VARCHAR(32) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "created_by" UUID,
    "dataset_id" UUID NOT NULL REFERENCES "dataset" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_training_co_dataset_075835" ON "training_comparison" ("dataset_id", "id");
COMMENT ON TABLE "training_comparison" IS 'Runs of one dataset that were started together, to see which is the best.';
        CREATE TABLE IF NOT EXISTS "compared_training" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "comparison_id" UUID NOT NULL REFERENCES "training_comparison" ("id") ON DELETE CASCADE,
    "run_id" UUID NOT NULL REFERENCES "clustering_run" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_compared_tr_compari_634c4a" UNIQUE ("comparison_id", "position")
);
CREATE INDEX IF NOT EXISTS "idx_compared_tr_run_id_30731d" ON "compared_training" ("run_id");
COMMENT ON TABLE "compared_training" IS 'A run of a comparison, by its place among the settings asked for.';
        ALTER TABLE "clustering_run" ADD "scorer_checksum" VARCHAR(64);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP TABLE IF EXISTS "compared_training";
        DROP TABLE IF EXISTS "training_comparison";
        DROP TABLE IF EXISTS "audience";
        DROP TABLE IF EXISTS "profile_placement";
        DROP TABLE IF EXISTS "customer_profile";
        DROP TABLE IF EXISTS "remembered_prediction";
        DROP TABLE IF EXISTS "promotion";
        DROP TABLE IF EXISTS "dataset_prediction";
        DROP TABLE IF EXISTS "model_version";
        DROP TABLE IF EXISTS "model";
        ALTER TABLE "clustering_run" DROP COLUMN "scorer_checksum";"""


MODELS_STATE = (
    "eJztXW1z27i1/isYf8neGa3HcV4b37kztuPteuvYqe20ndYdiSIhCTVFqARpRd3uf7844D"
    "sJUiRFSaAWXzZrEgekHoDAwXPefj2aUwvb7PjcNKnveEef0K9HjjHH/H/ytwboyFgskhtw"
    "wTPGtmhrpBqNmecaJvQ1MWyG+SULM9MlC49QBxo/0DkeU2uFlsSbIQMtDMaW1LUGiLrwp0"
    "unrjFH3szw0MxgiDr2Cj3jFTuG/i1q8gcQZ7pZV0/OkzPyGXbh5w75pREijDfECC4iuIq4"
    "APHgsknnC8PF1ifkYP4gft80GEYOf8iEurx/bNtceEmRwdt5vPMRdCC6XMKzw24M28YWIg"
    "6auNTxEJ2gBaYLG5/lHrzkj8Ch0C11sPjhvkP+7eOhR6cYXoH//H/8k18mjoW/YwZ//no0"
    "Idi2xP8fuZQPDYyH6ZEXfARN8feFixnjw8Ai6XCwHd+2YTxXCzGcR6IxH0bxx2/QcPE8FJ"
    "1npgixoKW4Poxkv327/vyTaAmDNR6a1PbnTtJ6sfJm1Imb+z6xjkEG7k2xg13Dw1Zq8sCr"
    "hdMsuhQgwS94ro9jCKzkgoUnhm/DFDz634nvmDDzkHgS/Oft/4Wvlmo2HN7ePQ4frh6Hw6"
    "PCjA3RSc+88JLJoeQwEccDRH/9Leg3AURcPYIHXP58fv/Dm/f/IyCgzJu64qaA6+g3IWh4"
    "xjAZwATlZ/77ijhfzgz3yvHnAutr/hqGY+IC5pFsDnX+0m3wji4kgCefeARlBFZ9eI/yn7"
    "Uc3KO58X1oY2fqzfifb04rwP7L+X2A96nAm/L1KFinbsM7p+IWwJ7AHC0GcqjlUzotozLE"
    "tWdwFuT3b2uA/P5tKchwSw4yrLhtgI7kugF7/fqxM6hP372vgTVvVQq2uJdFu+l03mgqh9"
    "ipOZNPT07qwHtyUg4v3MvCi+cGsZvgGwscIMDv6qwVvFXF/C2sFpE6N+S626wI9CPXUeRA"
    "FwQPAfAKfB+v/vYIPc8Z+7edhvWHL+d/E4jPV+Gdm7vbP0bNU8NweXN3kUM/0iDb6B2RrM"
    "qboiJ6R6igF4C+oBxDw5FP8EQoh/CYS6kDcRdz++Lu7iYzty+u85P325eLq/sfXgvQeSPi"
    "icvXt485qE0XAyRDwyvC/Znf8cgcy/HOSuYwt0LR4+h/DmsAHq+/XD08nn/5mhmFz+ePV3"
    "DnNLO6RFd/yOspcSfor9ePPyP4E/397vYqfx6K2z3+/QjeyfA9OnTocmhYaUyiy9GlzDDb"
    "BvOGwRfSYqiL0h0Md4+2kj6MNjASk+fUaRkujA3zeWnwTT9zJ7XQLggcH5hkqQ0lf/rTPb"
    "YNAWZx2CM+bEH+FJxB+vmFJ1fDaZnVuFw6ITbeEKNLn3l0jt2vQW+HChaLyLSNwHoIejkk"
    "kOBrpKe07Pss3pqfzvNXDMeYip8Ez4YnZb8/GVMdf5kVRHWwBtQjqs+BKkbjFSIeQw8/n/"
    "/Ij9hnaLRw8YR8j/liYHwDhnlu8NYYsRldOkWueqPegK6+9hB/XRbQ0vyfgHMfBNz3CDTu"
    "EQI5vr4eo9HcsPBwnNDa8HAv5KKXvAu4z99m8OSQSXSNOvgTcvELfcYWiohm3hfMyaFN5s"
    "QT3cHT+UsN4E1G4jIboaXL1S6414asDn/LMKCI+X81Xd1bunqnpJNqS+IOWCd9LN/JsTxY"
    "l5tM5ERCZXhbTuXXdejp1+Xs9OsCOe3xXcYpYfbKQc5KHZwZoHuLS7J3N4E5K3UI7Om2cQ"
    "71rSYaRkpkAzVjPc67nM6b6BSaqPsdUDcZA9r3BeHdtRjmrKQm6FQeZUGo+qzV55yX1SOt"
    "8kiH1EGLcc5K6lFWeZSzZE1dZScr1SWtou7QrtF4ClaMAsZFgH+iLiZT5094VTjpl9grkp"
    "76CWyBXh7A8WQZ83u5mcUR4L8bBybgy/OHy/PPVwEnKLcPbZWr9i2CYXRkbHV0b1DJV6db"
    "1SCsGZ7OseMBM2s4KJI+Q6OCm7Pcw1lGW2/cJ5DXfNF5vL78JJqZoXmIgQf0KOx+BH7RwC"
    "y7voOoO4hcukdANDLsDRe8KyK40dGAd0MZRgvbMAOHagKkOXbxpycnctHGL+CnPTOcKWbH"
    "6Ob6L1efQjH+VHiN6HeJB8EFMc8L7yTeeGbMF/zJr9iTI96PtxGjNTrmjQ2bt7SwSfhwBL"
    "1hw5zFP/MVE+T7ckYBlRmfOYj6dWlyTWZrMlsNymQrZHYbX+CD9gP+WAvljxUofyyinH6z"
    "AtDlXpQ5sUNgAXftQ6ljN3ZirJlR2+J76pBxYCXr9U82NUrmeEEyh/YERLeF98nxye7n+e"
    "e7bxc3V+jr/dXl9cP13W32gCluwqXEj/L+6vwmhzeoPE2W7Ki9ylNZGUuCJr9bLd99o1Gi"
    "wWpmM8pKbdVspMrINrAbFc+KDVmq0g60gS5r7YTDb0Ns0zIazpwnqeAbGgKaldoupdoPTC"
    "sY1RCsDhjVh6SnXuK6llDNzqsMoXrPt73768vHozXLbgcwfw46/Zrps49rw1q8SzedGtAL"
    "sDpA+x5PCfMwf4MvUY8HiXV6EyqBd3+2Au/qBZdkYUnuDtbZC7whjhuuNxk4iLd1VxEpLj"
    "r4JLy5PewgyifNADkpLt2K/gygk1kMNu4SDAaPIGl61AXSHNCwwHf+xbBhTB3qwV8unvAZ"
    "y/v7FHnDMzSlgyDnCn/0ClnEQnzqh7ljGnulR8vOhh7p8MGm+qW+Z9Lg/NVtxwKvbpzocz"
    "0/49VW+mX++F/Y1I7/h2Arac5XaJ6iBzyFUaLQlbN9iYTm+2rwfantoI2ZICWuMtyKWApM"
    "rjM1mctR+0Mwfm17IqfVj/puYYmMZjNleDZ1QchKHd683YofQgDaJtbabA8Kw67IQpycKO"
    "ouFYmEXihy9HF4iiqfvyUEck5O4VmrzCaXPbHWpuozUnr+5lZfy4IDf6NdLhFRWetVZtq6"
    "mP9MJp+2FWGgGSkNdAnQBbPTfijkS9sHCp//+nvfOZKwyNkGgyoi2YybDt2wbQ33c4Ezlw"
    "Hq10ChXWOADMeK82BPqO9Yx+jaY0DMejjyHf8XHb+SZPjuoE+R6puZ1MXu0Jxh85n589hl"
    "PUzEEnHVkK4oSJMifMsZcvAy8VcfiGzcyHc8Ygf+5tANXOJv8+TwPjhWDLJ7z9EYT/gTw1"
    "ZL+I/hrI7RKHHgEO8AHvVxIpcZMWdR3pcpdDteIYcuz8Rjnxx5ly2I7cjgtA1GN9v3hA8c"
    "dhcuGGQ0tdtfateeUpd4s3nr01G6A5X3EUVORwvD5f/HF2CJUvTLw92tfHpnpfK8OjE99F"
    "9kE9bjYDAZwIBHhkwvOG7nfbRzHwB0kHfcTi9cDRSmnJjKM10Z1ZTPWJeYjSZ6SmSjWd6f"
    "09RWJjnDNi6x7pRjnxHS6G+APv/9pufLAhYq0E8LafTbo8+PPi79TuZG0/lfENSj0H4ULO"
    "ww4kk84MvxT4lo5Nsjz89hoC42nf05MT0C7UcgjE1vgn5KRCPfHnkyX/iATQPkUyIa+fbI"
    "4+8Lmz8cW8MXwyURVVB3EOTSejw2OOZiA5TJIZ/e1PWajodcWo/HBmeCLE3dhHqQiGp7ro"
    "623c7k750Xq/LRtv0IsJNFfbWLsNV54OSBtYZnzoZ8IjeMrc2K6ZmaAfVfdNwQz0Rit8ZC"
    "JaGsiKoNv+YitG3DPfv74dcO86zKUyhbCjoAt+D40cdFYH1sZ3YRzCDM3wHdfru5qQrvTE"
    "cJOB5x/BJ9oVEprM6RV2Ju52IqINEjYRuXwroMM0Y+hi4/B7QYrImX3xC4NrHyvUQuCN9+"
    "wW4HhddEoPtfgq4OFS8Xz/F8DGH9m2F1H/dz+HMsTH+xcVm/DrOEqAFS0Xc1o2IX8bpz8C"
    "Pl/6mppfwS9NFHrXqtbpIcKGokqN7MCzi/icocgSUbbYUvcNh66KWb13AHDlMlGyjREAZR"
    "BUThX4uMOXWmYTZmj6tcUyhvCNUHJ9SVOQN30KPEV/YfKRUmPAMR8Sv+mfOi1W6oe3VDjc"
    "elgPW1U5LfMy2SA5z0cnXm78v/+fH09dsPbz++ef/2I28iXjS+8qECfElN9HjmN6RICoKa"
    "y8vH3PhNMU0kdDa3St4pu15vyI5Eu+BlptN+Ttm1ikjhs11PRIUBQDvmoNScxmvxTT5hlS"
    "qR5Cuyy3TCYtH2CpUwbDxcpFrX0AgjOVDiGP+fMbVWr0Q16eOoogZERUWBXYRFNT7Gq7Oy"
    "4CuZnriV5ySBZFZEQfChjkPJwktRMe24QwRFzMLQsWXQn3iiRyHOK2j25BgOXp6hkYtfCP"
    "QyQlOXLqNyIrzrVZgsLYhOMw1HFAfHGH4QRMZDSdSSqLYnR6RNi4qZEIufSwmfOC4Kdp4o"
    "+E3gwlGKY+yit+UqtMfBHftQ4XtmvOAY9n3W+c4FnqUz+xUGSQef9Vfr1zVYtpz7JP62iy"
    "hXuMFnpHSs2QZOXw71JBO8vC5L1P4Q3LuqfIy2UZCluDM0WMGlwjqZRz7TRKDBNCBp0iK7"
    "I2m2VXula4Ym0u6a7IFpmS0tE/urkaWdQNVYFHrnBOovrJbDnJXUw6z0MOsCxb+3ii89wb"
    "OC0NYFn7st+NyXGhlKArxRkYyUuRaozQ5caUJG+mvU3QFNbYlPTXekf+RSLSH7U97W5SR/"
    "yrm7VvI3kAMuOc6XdiZo5eA68Ri2J0BQhzQ0b+Py9x4gnw+Ji0YTavN/R9IUcN30LPj71v"
    "nXSjK6tWDBI4JS09Kalta0dBkt7XKlv0QnuiDTci4pLXZIHj9/OD198+bD6cmb9x/fvf3w"
    "4d3Hk5hYKt6qYpgurv8IJFNmJGR+QYBos+wUiYi2B2ySniI20DaxCmSltG2guW0gSGMwdD"
    "H802TiFwT19N8oL07z5AcbZz1QDfStp7En/8FD4nA1WGr3rdphC6J6l22/y2rDw++BkdbZ"
    "J7bDn9ZhoSAl+2b80xY8V9Ugn3L5AHUs6n7Cng/a/3wXDGdqrpVzndkJuZb1zBUzr0OALm"
    "fUxpH3bOT/SxxkQNjaK4aiwNIm1S827lOQnqm05IL1hBA62w5ciS1s8qNjIGI4bIndAWI0"
    "uGc4CP/bN2xR44LLBYU2WlCeiVf8Npx+sw5Zup6F5m7XcLc6u//+q9uW0ynlFW11LskmPI"
    "o+W+qzpT5b6syGaoAqU9WaOZJpv/t+Rpv3EEydMXJbjo7KBpMrwZYMGkaTly6wHWDcMD+a"
    "motqTV/H7NayHmud97TbvKd1iHzDtwjmWG7Itp6H3RzOlNaJ2TaYnbtLzCZwtsPpKeGpM/"
    "cHVRQ1ybdcS04/zgISecy/xFcsTAHhrQZAJUN+B+rYK+TS5ae0Ay16diAFhUivBkQ0C+oj"
    "M/hzZkjo6q09ZT3b3IhQLXVtkCpwLf0Z9jr7u4lBLSdQo6FtRlYnMvrAoU7ZeFjdJctRuO"
    "iXr0LhzlLHMrYg2BQO/EvqPoOjPUUWFZ94UMh9Rpdc2A0S48jMYM06EDYvuuTTKM6Ic/71"
    "Gi1cyrUHFpq9XPISLDIgPxpjwxsaYB3j6xQk7EGMq3HwRJtM8CfIz0Nh6Uk6MZ65OOWKY5"
    "BFiC9VaIyxw+VsPs8h3SSyKdgL4HlBYIKN+cLI325keB6eL/jThKcyE69PJx6OkweN8dR3"
    "zoLsP/Ev8ZCHbVvELFDbCn6B++R4YRKj+A1cHNgJj9Eo1GvLswkZyLQJvC9kFGK4VVYfsD"
    "r6Ym488yYdmOC0dWyv1rFoFItmsfWF3iNZlW1jitR4Tz6bNkAn0ruD+ujP366+XX1uOJsV"
    "gTtccxtogykJnZUk77kqNqUmq3EsoIn7LJKh6tHUSJsS68BC2x9k+2eghfXbHrqYI8ukZW"
    "cvKOWqoVNiqZWI5wZ8zOW3tR7FV3Y7yhd3dzeZAb64zkfwfPtycXX/w2sxsrwRCYib4krF"
    "d8ppo0jNWEBlJaalg0/3++oEDn9yi4NNjZKtNS2UQ3kCUlvbXY+3tb9WwPr57tvFzRX6en"
    "91ef1wHXr6xEuUuJmdw/dX5zd56zk/R0mncXlAYEpkhyriHo46WwkGLLWjlaqLKQmtLuYX"
    "4YlBbCgVbVKrZC1ef+TJ96FwjKsiZ54IsRarh0RUYbyVXUa0E2aroeibjs9XLLfdMGcl9U"
    "lO5VGeEIewWathzonqcVZtnLdljFvj+RZ5rkQeGbqibPg9SGLwNkWuTWRqX9BraPPN+PZJ"
    "jL95379yK3DB67BuYUAjMMw6XAONS6eI0n6ix4EwoE4ptcLIRki97kbWXBH7WFYfsJuOpW"
    "UC40yS0e/VBQKVslz25NCuvOOPrk2xTqXRZ0VlhqIP2mWvAvZUGdl+ZCfv0adyENFkvY+A"
    "2l86ckWnavt85Lpc6ZYCzJolei8e1/eQQ0rNfW1N0q39ZcjvJVwundMOptfXqJ8DWjOzSy"
    "CfBfMxbA2bAXUf93OQn+I2oyoKn6SEZZN9tuVMW1hqebjINF/Ltv1V1CswUCj+iiXFkcdY"
    "RChYiBG+F6JREDYAYRBnIYW2xMwLCiWHdYsDEQZlEYr82/YeBREdEF0WpjsTMRvpmssGFw"
    "FwRb3loNqxR6mIM1uJig5TOhACMwJhZyvIlLaCQJERf1eO73yEGL/AHy7C0Ezq2xZ/sJdU"
    "aG4TGBGNWCd5yTS1qKnFg6IWw295KC+kUU4x5uU01dicavQdg0GAm0xBqOeMle1B4TFQxB"
    "WLP24CEbCmZK5XOMpmxVq6yvZnsnfhKmuRZMrWxjktpFGugXKoNzVZuFMiCq8Xyq7Zscrc"
    "1DqUEdTGIaWNQ73KktcPKj63aqVOZHWBzUppW1GJIt8M1KyUnqdVJqNwAnZh1ggJma9Jj/"
    "2cs2stG9mP9gDS56loPlqbPY+/CLr9dnNzJFsxOkD5IenpIAHOrpIl0O4nb1BiRZFT24mJ"
    "pZLTTjVb7znqIA6Gu0r5c75iEaf7KeKWIY2Pxy/G7DBk1DFnxnzB/5B4jXbQqcg45DsWdf"
    "AozNITFNBALrVtwBstgbce4xmfb4h4QQq0SD5wP+Xt+Suk2PCv93df7h6vPj85wQsGmX6Y"
    "IKaDh7VhpdPWdM1J95mT1ol6dkLdBZ+axJJalbYhEdLJGhoka9D+xrsjlJozSZpC6gGF1M"
    "yvWPsTa3/iHQDajtHsjMtU0ztT+xWrwF7UJYj2Rg2pOXnXolunpsJ+mIt7jvVfOXhiAy1Q"
    "F6m7gyruAkZsuEwarmUvfqZLNPfNmaAOfBYU8oTjPhy+gR0IOgt4CJvMiXeGRvxoTvjtID"
    "cxAwmGOfQWC4mJ13/4cFLkNLb7qIaEQ9LvdsiGZyzReMrTu4XNuzn47jfLe+bge3pyUuPk"
    "y1uVHn3FvWrKwZhDxmrJWZhMy/OoxjKH5Af3h9PTN28+nJ68ef/x3dsPH959PIkd4oq3qj"
    "zjLq7/COfgzJgUD8apj6i4AZX7tWTFdplqr1+uLdtK/9F0Z+IL7nyOHau0SkiuRfUOVWxb"
    "w13c8JAH6fWRMaY+UNihDeIYjbhCSjyRT566Ft/e+ZYC9TrELhK2GqAxUNcT4jLvrLAvdd"
    "r7kwNlqcFNfIlOYMeCEtkGIxb+JNL4L2xjFdHlc8OC8tYrNOfKGu+FP3qB6cLGyMUvBC9h"
    "h/QCGh/E4roBxIo4edFblGsf6tMyNHHpPErSD/n0HWyPBmg0xwbzXTwCL3VRfHvK/2KjoD"
    "gBuoWX5n3CP+KtxnjC3wmewX/sEpzfgdQqdTj/R9p6FkGmE1GoxczH41LAunSXTIsc0j7Z"
    "mb84fIBN9Lyo/SFQw1vT9LQxacfGJI94MkeecgtHLKAyuOraOEqyh5XjXZqYWgNeB3BX6J"
    "pGszmeEdKwt3EOdwl1pQXZ6q3gaXmVB0CRVTzU9pvM8ZTIIWgku57g4aGqCeIpEY14c8TD"
    "c2sR8V8e7m7liKdE8k4CxPTQf5FN2GGFUgEW1cjnQR5kD5PQQWEPFZTEcLMCYYVOFP4GFF"
    "nVQ8ia+iDlxBTGWdm1JiLhWkS35UR1Zm2VfZP2HCrUo1NCez+QfQRXKArsJuEV+/ZRwBM+"
    "4rNH+oxL7ECp+4NqK5BoOfTipnUydAdCSAgFxdkZevj5/MfTd+/PhO3Cy1Q9Fj4Gc595wt"
    "oC5hFkTDnw0iTdXfbdtFZx4Hkw3Fbgg/hNQ/7qsyZUdVbq4DwT3r+toam9f1uqqcGtNfXo"
    "GfNbaQ8ZQe3YrLTyAOtAiyFOiWnlUOXxTa3NjZRDtjMfYVWGdhPlkHXkxPqQ9NRPYGsoh0"
    "xVB9aci7ZUPyx4ca8p4lJXNYQHBRpa6OHLRPpFN34gxKZi9wyNoOXwGSfeNEKUq3WBJwzX"
    "5BZc0pLpiN0/RPj2RAG3fExF+9AXBxTQ6DlnXMsEFZU/hM//Qej7mko2yYK74MYEVwV2NV"
    "VR7ZWzV68ceabBcrV8owyDqq16O3AhiT7FphgPD9Ul+2MtlD9WoPyxiHL6zQpAl7PUOTHN"
    "Urco0JPsHk2W65yYTnWUBVVXPfo9HO501aMtne3KTyApLzjfIqDNblg34Tzsprd4ry0vAR"
    "nDNgSpeYa1PmIVnYU2w6r7QFj1kNJFS/ZUgUNavETKlMiLnFRZ1CKJXIXi+tU44sIYEKDL"
    "DGIBnRBUvDhGo0xavVEcNbQMhaHKLcgZ7FnELTFsT8qrcXT/KEGlGB5/0tj3ILLJcEOGBC"
    "pvhKnMLGwSC1v8Efx0J2xbMUMT2vqAeRlFbyconAEar56c5YyYM8T41TG1RATXhPqOdYbG"
    "1JuJZ6VeUVTtxSZ1rbAAiENBqo1tMKmFtaF1ED7/VL+yJIndPiFrxu6273CGx0qYThnXZw"
    "pMF37QhR/2rQbIoNWFH/qCcnrDbsI/5uUUXjmUJSAjTaoJwZ6W2RLm/fcsSidFjNTaIsjl"
    "gQ9ZqY1iHxQ9u+0s+CHRN1tUOsnJ7oYTVoRz7x0lnD9Z1NX983KaFpYlr+xJDZke4pvwBH"
    "VRTSS0f1oRTP6rh/6iOaQZOW1VVSnQ5mC++wpXSj4DJSfNxgV5bB8c2vjb3/uHRO0Pcs6U"
    "yRJ4AKV4lER4bS0eKdZqluJREuA6wWLSrU0xcFVMFpzfzlXyto6wl9gOU8NSbi5MfWJ1/K"
    "unLvUXYBuLGLOklpDvBKaw48DtOTaoxVNCODT7jkfsxH42JS+YIcOhYAOT+Vpv/4HSNIbh"
    "/inmJZiU4isCY53QUCm7UTBKBaBLsxnG7XUqQ1mVG+2IvlVH9BiRYVOki5Ia83qYcwyp2w"
    "TqWOAAEa5aDiJ8P5Si+yGPLSP/kdUfq8i5Hkkc0vK744zrjM/cZrbkWELnWa9lSYaqllSm"
    "v5Ub2tIy2sy2gZnN5HOVH0Swy+EiZiNjp0RUD8Um6d58WbbUcvyj9jrFXnvMGbFn1MeeLN"
    "Nb1QqfEdP+QjVWeeYZY2JLU9NWAZ2W0jjXwHmCDc938ZDMF9Qt8YOryNwpldYrzEZ+LC+E"
    "+qyhCS4nps2a2vTeJZjanrkHe2b0TWs70FpYc8tfBlv+Duj2281NlR1onzGvfZnK2blpGy"
    "aGKbV5eCKEu36NuuutglANV7ak2oaYFWu5HeIMS0VLBvVENwVNHq55kJMt+qkaspqQ8bse"
    "cfwSn+ImoB2cO8tWg62jbIBSH4k4UWCVj0TSqIaPBAQg/kicQeh6EKR64wspOCS44LbAEP"
    "W9Y3Ru2yK5WyblcJBKDhwXJsac2CuZT0T3D2gYjGyYJlTN7SakVztP7NV5Qqc4agN47+JZ"
    "bIN5w5ZJivOyeqiVHuqqatzVA11ZkFsPs2LDDBt+m0FOyemc4yqPMG8KGlVxgMv9llIiB+"
    "i51H1EtWkTaYBBhWdYLHEISQJ24HuXPSzUVeezUto8Um0eCdHqgMM/T3rqJ7BrWfzszGoa"
    "y5EmwFKlizYmW7MFkw4E+q2yOo/wJP5WlyKJPmFygkfSalDF9Xhh+6GZFVjL+9wL2mUimB"
    "U4bDPsBZEqS8gExz87FyJSIoZlAHnuGIZEcZBPLoxcGWPmFQmfTntuyPSEz9NMz0EwPQSM"
    "37Ko1XrZ1TIdqKxeqpJdTVNrv4djms4e3r0vVXbfqYtpVkofGqoPDSFaHRwaPic99RPYtY"
    "eG7Mxqf2iI1MtN87iHhaMi7faAkN/qmeGcqy/m7EhyTgjvVJ4NjKTNuuNAOQwdF+IqD3KW"
    "rYGSELtwtm+mHm+ToeokvLlcKy7N5FJOAaZEVNaC25KA797VIQHfvSsnAeFejgRcSBKNVN"
    "DYQfMDRPd1LYr1dQXF+loW3ux4Uhq7Ik4uEdHxcQ0jKQo61S5Tv/z2/yueb8I="
)
