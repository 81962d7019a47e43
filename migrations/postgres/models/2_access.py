from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE IF NOT EXISTS "account" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(32) NOT NULL,
    "username" VARCHAR(64) NOT NULL,
    "username_key" VARCHAR(256) NOT NULL UNIQUE,
    "name" VARCHAR(200),
    "email" VARCHAR(254),
    "password_hash" TEXT,
    "role" VARCHAR(32) NOT NULL,
    "active" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_active_at" TIMESTAMPTZ
);
CREATE INDEX IF NOT EXISTS "idx_account_role_25e19a" ON "account" ("role", "active");
COMMENT ON TABLE "account" IS 'Somebody with a password, or a program that has only keys.';
        CREATE TABLE IF NOT EXISTS "audit_event" (
    "id" UUID NOT NULL PRIMARY KEY,
    "at" TIMESTAMPTZ NOT NULL,
    "action" VARCHAR(64) NOT NULL,
    "outcome" VARCHAR(32) NOT NULL,
    "code" VARCHAR(64),
    "actor_id" UUID,
    "actor_name" VARCHAR(200),
    "actor_kind" VARCHAR(32),
    "key_id" UUID,
    "subject_kind" VARCHAR(64),
    "subject_id" UUID,
    "address" VARCHAR(64) NOT NULL,
    "request_id" VARCHAR(64) NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_audit_event_action_ed6e8c" ON "audit_event" ("action", "id");
CREATE INDEX IF NOT EXISTS "idx_audit_event_outcome_ab9a04" ON "audit_event" ("outcome", "id");
CREATE INDEX IF NOT EXISTS "idx_audit_event_actor_i_0df092" ON "audit_event" ("actor_id", "id");
CREATE INDEX IF NOT EXISTS "idx_audit_event_key_id_06830f" ON "audit_event" ("key_id", "id");
CREATE INDEX IF NOT EXISTS "idx_audit_event_subject_51ae36" ON "audit_event" ("subject_id", "id");
COMMENT ON TABLE "audit_event" IS 'An entry of the audit: written once, never changed, never deleted.';
        CREATE TABLE IF NOT EXISTS "rate_window" (
    "key" VARCHAR(200) NOT NULL PRIMARY KEY,
    "amount" BIGINT NOT NULL,
    "expires_at" DOUBLE PRECISION NOT NULL
);
CREATE INDEX IF NOT EXISTS "idx_rate_window_expires_b6f03a" ON "rate_window" ("expires_at");
COMMENT ON TABLE "rate_window" IS 'How much was used in the present window of a limit; `expires_at` is in seconds since 1970.';
        CREATE TABLE IF NOT EXISTS "api_key" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "role" VARCHAR(32) NOT NULL,
    "prefix" VARCHAR(16) NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL UNIQUE,
    "rate_limit" VARCHAR(64),
    "made_by" UUID,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "revoked_at" TIMESTAMPTZ,
    "account_id" UUID NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_api_key_made_by_05f50a" ON "api_key" ("made_by");
CREATE INDEX IF NOT EXISTS "idx_api_key_account_f2c973" ON "api_key" ("account_id", "id");
COMMENT ON TABLE "api_key" IS 'A key by its SHA-256; `prefix` is the part that may be shown.';
        CREATE TABLE IF NOT EXISTS "session" (
    "id" UUID NOT NULL PRIMARY KEY,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "address" VARCHAR(64) NOT NULL,
    "client" VARCHAR(200),
    "account_id" UUID NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_session_account_458f6a" ON "session" ("account_id", "id");
COMMENT ON TABLE "session" IS 'A sign-in, until it is ended or runs out. All its refresh tokens are one family.';
        CREATE TABLE IF NOT EXISTS "refresh_token" (
    "token_hash" VARCHAR(64) NOT NULL PRIMARY KEY,
    "issued_at" TIMESTAMPTZ NOT NULL,
    "used_at" TIMESTAMPTZ,
    "session_id" UUID NOT NULL REFERENCES "session" ("id") ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS "idx_refresh_tok_session_e0eedc" ON "refresh_token" ("session_id");
COMMENT ON TABLE "refresh_token" IS 'A refresh token by its SHA-256; one that has been used must not come again.';
        ALTER TABLE "clustering_run" ADD "created_by" UUID;
        ALTER TABLE "dataset" ADD "created_by" UUID;
        CREATE INDEX IF NOT EXISTS "idx_clustering__created_65e50e" ON "clustering_run" ("created_by");
        CREATE INDEX IF NOT EXISTS "idx_dataset_created_481315" ON "dataset" ("created_by");"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    return """
        DROP INDEX IF EXISTS "idx_dataset_created_481315";
        DROP INDEX IF EXISTS "idx_clustering__created_65e50e";
        ALTER TABLE "clustering_run" DROP COLUMN "created_by";
        ALTER TABLE "dataset" DROP COLUMN "created_by";
        DROP TABLE IF EXISTS "audit_event";
        DROP TABLE IF EXISTS "rate_window";
        DROP TABLE IF EXISTS "refresh_token";
        DROP TABLE IF EXISTS "session";
        DROP TABLE IF EXISTS "api_key";
        DROP TABLE IF EXISTS "account";"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYfWlvRvXYTpy0yc3NOInbuE3jnu1cO206FERCEmqSUAEwiq6X/35YkB"
    "TfKZJ6CaXii19ALEg+WC4Wzy6AvwYec4grTi5tmwW+HDxDfw187BH1R/7SEA3wfJ5cgAKJ"
    "x66ui1OVxkJybENbE+wKooocImxO55IyHyrfMY+MmbNECypnCKM5FmLBuDNEjMO/nE059p"
    "CcYYlmWCDmu0v0QJbiBNp3mK1uQP3pZk2999/7o0AQDq9rqaIRokJVJAgKEZQiJUAlFNvM"
    "m2NOnGdILljYmsvYA8IufVDVOFENE9XkCMR0QwuoEwlj1yUOoj6acOZLxCZoTtjcJc9zt1"
    "vMiGopFHoLDcLrBj79MyCWZFOianP10r/9roqp75CPRMC/fw0mlLiO/nvAmeoQ6AVb0g9k"
    "AFXJxzknQijwRSwddbEfuC704nKuO3GgK6vO0/98gorzB0s3nlEM6kBNXW7Fsu/eXb/6Vt"
    "eELhpbNnMDz09qz5dyxvxV9SCgzgnIwLUp8QnHkjgplYFHi5QrLgqRUAWSB2QFgZMUOGSC"
    "AxcUb/DPSeDboG9I3wl+PP5X9Gipapb19ubeuru6t6xBQU8jdNL6FhXZCkoFE/UlIPrXp7"
    "DdBBBdOoAbvHx9efvloyf/0BAwIadcX9RwDT5pQSyxlXRggvKDer8izi9nmF/5gaexvlaP"
    "gX2bFDCPZXOoq4fugndckACefNgxlDFYzeEd5D/mcnAHHv5oucSfypn699F5Ddj/ubwN8T"
    "7XeDNlhULr9Da6cq4vAewJzLEJKIe6XKXTMn2GuLEGZ0F+8rgByE8eV4IMl8pBBjvbBehY"
    "bjtgr7cfe4P6/OJJA6xVrUqw9bUs2m3VeSNVjrDrpyafn542gff0tBpeuJaFl3iYum3wXQ"
    "kcIcAXTWyFqlWjvwVrETtxlvLYZkWg75WPUg50QfAYAK/B9/7ql3to2RPiTzcN65c/Xv6i"
    "EfeW0ZU3N2+/i6unuuHlm5sXOfRjD7KL3xHL9nlQ7InfETnoBaBfMIUh9ssVPBHKITxWUv"
    "2BeBu6/eLm5k1Gt19c55X33Y8vrm6/PNOgq0pU6uLrt/c5qG1OABILyyLcr9QVST1SjndW"
    "Moe5E4mexH8cVwfcX/94dXd/+eNPmV54dXl/BVfOM9YlLv0y76esGkE/X9+/RvAv+vXm7V"
    "V+PrSqd//rAJ4JB5JZPltY2EljEhfHRZludrGQVviFdOjqovQWuvuAhpJD6G1gJCYPqdky"
    "FIyx/bDAatDPXEkZ2jmF6YMoMbWR5Lc/3BIXazCL3R6zYHP6QzgHOcwvPCmN1DLz6YiYH9"
    "oIo7uwlWMCCRSMnbMqlSte8s69fAn28VS/Etwb7pRVqTLKdaVsNYxrqNbNGNdL4DzReImo"
    "FOju9eVXatb4HI3mnEzoxxXxOcdchuSmh1VtgsSMLfwi6bpRa8C7XkukHleE/Kr6FZLHw5"
    "DEHYETOUIgp0zGCRp52CHWOOFn4eYyolcXqgm4rp5m+N6nk7iM+eQZ4uQDeyAOirlT1Rbo"
    "pOVSj0rdHNxdPdQQnmSki8UILbjyJOBaF/41ehcrZD3VT8PAHiwDu1cepW8mcQ9Eiplp7m"
    "WmGdrlNoqcSPQZ3o6qfNaEcT2rJlzPCnyrVKOMX0FWVYOclTo6Znv7QYRk7G4Dc1bqGAjB"
    "XeMc+VttPIyUyAZuxnqc96nOm/gUhnv6G7ARmZjQxzlVzXXo5qyk4Zz63MuaIwxEp885L2"
    "t6us89HVEHHfo5K2l6uc+9nCVrmjo7Walt0ir97do1Hk+BmC9gXAT4W8YJnfo/kGVhpl9B"
    "wSctHSawBXp5CNOTxYrfy2mWQkC9Nwmjmi8v715evroKOcHykMdOuerAofLqA6lIEU6uDm"
    "s5a6hnkVXF9by1j1RdvoScWaB+dQPPNEMriY+Y0pch8lWDHNkz7KtHj/8NkXNKyOuNmwQG"
    "+x4kbck4sMiAhgN8+AfsQqf6TMJ/nEwIJ6q9ZzHDLdCUDcPUYHXrJXKog5TWR4nNrZnmOB"
    "qzIcsMFjHVLgukzcKRabsNa7y2Q4znWn4gy520K4LxH8Q2ZP4xkPntPTkz8T4IFy62gk0J"
    "wUTiCMnt7bOBqeGgS5wmJd5nuHsSqrGVz9RGl+P6htZer8hp96P5VC+R2Smx3Rf734LZDr"
    "FpGyPPSh2f3u4kUB6CtsmCsGwLPYa9J4Y4mVE0NRWJhDEUWSzjWVS1/pYjmpfrsdb2ZpDL"
    "zlib6m5Wyuhvzvo6Dkz4W41yiUifvd7eqC0n6jVFudrWpHZkpAzQFUC3yJrfJYX80g2EJP"
    "D2t4E/KGGRsxWGdUSyvapq8ahugxxojbOSAeoXI2CKBJFDhH1ntV3DhAW+c4KupQBiVpI4"
    "5/gPNv6iZPuJLbSp96GIcz2iLGfsp3KiZ9SexSnUU+ZDqjPy2eK53iJCFU4YJ9Ce+rmAH9"
    "hfdqGTo0ffCY+abXui4CJ8ziEOYgjVwyVU3SnjVM68znOSdAN9tt49mZPMMVd/KbNX4op8"
    "f3fztiKXNyOVZ7OpLdH/kEvFAYdVywAGPDIUdmFldH4RdO4DgAbyK6PThquFm5IT67Om98"
    "YhVBrLqd1K0VMiG2n54cxhdqLkgrikIqZSjX1GyKC/Afrq/W0Z8BJOtQb9tJBBvzv6asLB"
    "2Ufq4bb6XxA0vdC9FxziCypL1h9U458SMch3R17Nw8BdbKv9OTHTA917IEw5a+X3pEQM8t"
    "2Rp948AGxaIJ8SMch3R558nLvq5sSxPmBOY6qgaSeUS5v+2GCaSzA4k5ZSb8Zl2/4olzb9"
    "scGYYJYQ/h0yGZMYQBv2OitlFt9mZxK5uEMzSLNSZn1PYXm4tGeWUuR2qObEjKZmQP2DjV"
    "vimUjsN3TVSyhr1p9FX3MR2tbrz14lLR3mh792/VnW8pWvPyszBVsAtxD8P0QjsBbgnBHM"
    "IKyeAb199+ZN3RK/dKa4L6kfVPgLbXbt2z7yvdDtXFBj6hEQ2Aipu7CVIzIAJfsbZsakIl"
    "43Prln6kfDz/r7sI1DHIbWfszJCNxgpe5GqVPxyFOSNJUalKrTpVJjYKM8KZCDhCZbWQbm"
    "ES7Ck2rCcioFcSd690RfF6s6XD33EAWquzgaTZirfo9Ks6W203JfcqbiZQxmZeghJzKZbR"
    "53vc3jwqrYA+IFnV77FYc5ZMRyWNODHIXV86pfX31zfv7o0dPz00dPvr54/PTpxdenX6u6"
    "+omLl57W9MeL6+9gs/tMT5Tsfq8RbRdSSkRMwtgmMSVHuYtU3Y4X0a8+xSQrdQyrXupo2l"
    "0cYRLGHixO4FfLiF5W0Kj/RsFsYj+IoCJBuCqancgc4QC7gxVf9L/Eor5yg2VZ3kDdCFsQ"
    "NaNs91HWBOlMkM4E6bry9U0oTx5sekBJW6qzp1/Sfo8p0SSfG0FbwkBlrg/raCiar7mWi4"
    "Jt1mDePsaCfCFQ6BnL5RAIIn12BxznrCaKz9J0EXpQX68IzydBixkTBE2oq0/0gDOgi7zU"
    "zu6ynk5qRf1UDuSlzE/H0fvzbiEfjt3nZ4+fPv760ZPHqyF7VVI3UsejcjXVE3dtO1otkT"
    "HJAP1ZTwyhhRJzFEUcqq1QFNZoQoTPKbE1Xb1g/AFoZYYcpj/xcIXvjC2UMA+PbC/ju9s1"
    "oGlttlBqtDrr6PKnazjE3iZChGceOZx+CI0MyI/GyrFQnuNI2ynYYhoJOvXhji6dkGfvfe"
    "wzMD1JI/hBiTPYz1KvT1amCo0J8ZWcmqTAYmWOXAYL1uB+IQ3vEmUY4XR7LCXx5upu0W6W"
    "8PhsAttmRscujck08J9H5zjFbyKRJK6rGXrmOuEb8Pd+fITT6gnUrNvFNnFO0EhVABp9hK"
    "YcjKxuD/bgXEZ7ciKMbJfC89qqVUFIF/YeFmMHWjfiHUYMj3/IPP4m+yNttMfM32sZcvLZ"
    "dAE6kd4f1IN/v7t6d/WqpTb3BO7I5rbwBlMS+yN0TnvtEaa2s4RBqY01XgmYbZGySEauR1"
    "u6KyVmDkfoNdUF9tu1ok2WylZG1R5VXia+x0PLVyUHe2q5GimnrfISVgJ9dmI6xk22P65O"
    "eNXW0d+6DFcMrWmhHMoTkNrZ6Hqyq/G1BtZXN+9evLlCP91evby+u47igysTpS9mdfj26v"
    "JNYR8PIUrVuDr8nRLZo4v4GaY6Owl9RzPnFu5iSsK4i3kjPMHUhdWM1Rtzr5/y5NvocUZH"
    "T+Y8MWIdrEeJaI/x7q0ZMeHsTl1xaD6+sli8WzdnJc1Mrs+9PKE+FbNO3ZwTNf3ct37eVT"
    "Auk3ZRMvWPpOLlQH/fZWYto5a36o1/Vu+gu7AQvExdHdbFMPWh5ouk4tpY5mu2QF5gz3SU"
    "Dk6hjZfYQKQL4mhhY+Euxvq09OdolBxNPIoW5QiiAHAEElQ5uujsm6enxajnbm/VMsaXOl"
    "15J5G9B1KSS1BN0UTVtzOv/byZGrtaN1Kz4bDXfhFJImNyWzvnttYdbl5DltWebL5Tuuzz"
    "+Atd+bKe5NPcKoPrecR3KjP9cjXqR6hi3bWD1M/6YFRIkUF4zAKpxodo4fYJGilniUqdE8"
    "K4Qzikw0DOnR5FolpDNCZCognlQj4vjEtbbf29Hy4kddVAdgojliCqQUEd8kyn4sxdvNRH"
    "wzKJPOzoFabIY1y99Vjdek7Y3CWIkw+ULGCElGHyD4itcn+oE59Rq1uL82XgOD2BJpx5ca"
    "IN5MT4xB0N0cgjWAScjCA7SLU3oVP1nxiFCUbh6lfVJvzST5WshBXRSlj1wNGpuSUj7W/x"
    "QvrIe9WQDX7fJKfRpMFsOw1m1S8FrCtHybTIMY2TW6OB4QNs4+fF9Y+BetzDCmGTubUXWl"
    "1S6bYi01cCfQa3txx6VXy5Gu8jO5p434CHW1DjdjqeETKwd4B9zimc41MxQK634Gn5PndA"
    "T6x45O230fGUyDF4JPtW8GhS1QbxlIhBvD3i0by1iHjNvtOJiNlsuvueDSElYW2W5F9opM"
    "ffQE+segQZ0C+tvJesWI9x7q2tiUm4DtHxnKiJjvctOl6yB2jbo7EzUmb9b/1myyl6OBcm"
    "arsf8PHttTrMbR+a1awGW4juMRI0UT0+u2cPpCIOlLo+rI8C6ZqWXFVtsOo6EkJaKNxgQa"
    "C715dfnV88ea5jFzKzclnnGHiBkDraAuERhKcK+LIF2Vttu+164zDzwNrVKmP9TpZ69Fkb"
    "qjordXSZCdvacKtmTwkhgk7eQ0bQJMr22nkAO9Chi1Nixjnsc/+mbHMr5zAtZZzDdc6hKF"
    "+a1ME5XLV0mMA2cA7TmtUn5zB2zEv8wpTPXu0SpqYITZzBKWfBPLNjfOihYcQDH01Y4MN+"
    "MfAgq7yZlUpofy7wJXWRUKJj5izRVG+fE+2KU+Yh7v6GpYk1UZa1VktwD1clGmOTYtOrFJ"
    "uwlwpAV+/PFtc3yTUlyTVm//3dZtesELHaIl2UNJg3w1xhyEq2manZ9zoWOEKE68xBjO/T"
    "SnSflu14XYR23UbXx2Z+97wGQCjNLUG9Jv1/JWEy/5vslGErp5izMv+t5pyOlIw5qWCjkw"
    "owTEQIV3BRu91ZKUVR0xWbJCAEZfl71fjH9U3SR3fMBXVnLCCyLPegzsJnxDqa+cOBfhtW"
    "Xkg8pm5psmQd0Gkpg3MDnCcES9gGJjzQJ2YTG+eSlUobC9PdwswhVYYFoiXBnhMzJ2fkhs"
    "q2AYtEwgQr6oMVpbte7PxU655CuzZckejV+kPD4296K3GgpklCvfz818KaM38bHBeeXY69"
    "4TE6xXXgR6LWOQpvWyesb1NN+4HTbgOMYXC3NMC4ivvWBRiTSg0CjHBexlfUH0Zxu3ChvN"
    "JtiOZxiPkJxAJ5gi5dVyeLZTLIBMKc6KjfBHvUXZYFFLd/g5Z5Z9Gx2JERMWdcHHLk0ezL"
    "2AXwg0tHgpN8rI45Z3lZ09W97uq6zZXqO7p2fyXTzT3rZhjwu3RySs6kkPa5h1VV8KiKHV"
    "wd9E+JHGHYf/tnXYdnvrVBOJE4hqWRe0hcyU4WmrrzWSnDLdZzixFaWyDALpOWDhPYtRRY"
    "VrPaJkKnCbDUSrSN+a/s+rcjgX6nrM4l4dSeDUpInejKsI7TwUmddZRONQx9O405UvfNSI"
    "3e5/lWcxmVR9VUD+fVZ9Ucg8N0fnHRZEC/uKge0OFabkBXH1UblzSsfoTonjVyl85q3KWz"
    "sjxfX5a6pDUJY4mISRRrmVJQcKr2uQbq0/8BDoWxng=="
)
