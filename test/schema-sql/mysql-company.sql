SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE `Org` (
  `id` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  `plan` VARCHAR(191) NOT NULL DEFAULT 'free',
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Team` (
  `id` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  `orgId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Team_orgId_idx` (`orgId`),
  CONSTRAINT `Team_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Template` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `title` VARCHAR(191) NOT NULL,
  `body` LONGTEXT NOT NULL,
  `teamId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Template_teamId_idx` (`teamId`),
  CONSTRAINT `Template_teamId_fkey` FOREIGN KEY (`teamId`) REFERENCES `Team` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `User` (
  `id` VARCHAR(191) NOT NULL,
  `email` LONGTEXT NOT NULL,
  `emailIndex` VARBINARY(16) NULL,
  `name` LONGTEXT NULL,
  `locale` VARCHAR(191) NOT NULL DEFAULT 'en',
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  UNIQUE INDEX `User_emailIndex_key` (`emailIndex`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Account` (
  `id` VARCHAR(191) NOT NULL,
  `provider` VARCHAR(191) NOT NULL,
  `providerAccountId` VARCHAR(191) NOT NULL,
  `token` LONGTEXT NULL,
  `tokenIndex` VARBINARY(16) NULL,
  `userId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Account_tokenIndex_key` (`tokenIndex`),
  INDEX `Account_userId_idx` (`userId`),
  UNIQUE INDEX `Account_provider_providerAccountId_key` (`provider`, `providerAccountId`),
  CONSTRAINT `Account_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Session` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `token` LONGTEXT NOT NULL,
  `tokenIndex` VARBINARY(16) NULL,
  `expiresAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `userId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Session_tokenIndex_key` (`tokenIndex`),
  INDEX `Session_userId_idx` (`userId`),
  CONSTRAINT `Session_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Membership` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `orgId` VARCHAR(191) NOT NULL,
  `role` VARCHAR(191) NOT NULL DEFAULT 'member',
  `title` LONGTEXT NULL,
  `userId` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Membership_userId_idx` (`userId`),
  UNIQUE INDEX `Membership_orgId_userId_key` (`orgId`, `userId`),
  CONSTRAINT `Membership_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Membership_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Envelope` (
  `id` VARCHAR(191) NOT NULL,
  `orgId` VARCHAR(191) NOT NULL,
  `subject` LONGTEXT NOT NULL,
  `subjectIndex` VARBINARY(16) NULL,
  `metadata` JSON NULL,
  `status` VARCHAR(191) NOT NULL DEFAULT 'draft',
  `createdAt` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (`id`),
  INDEX `Envelope_orgId_idx` (`orgId`),
  INDEX `Envelope_subjectIndex_idx` (`subjectIndex`),
  CONSTRAINT `Envelope_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Recipient` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `email` LONGTEXT NOT NULL,
  `emailIndex` VARBINARY(16) NULL,
  `name` LONGTEXT NULL,
  `token` VARCHAR(191) NOT NULL,
  `order` INTEGER NOT NULL DEFAULT 0,
  `envelopeId` VARCHAR(191) NOT NULL,
  `userId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Recipient_token_key` (`token`),
  INDEX `Recipient_emailIndex_idx` (`emailIndex`),
  INDEX `Recipient_userId_idx` (`userId`),
  UNIQUE INDEX `Recipient_envelopeId_emailIndex_key` (`envelopeId`, `emailIndex`),
  CONSTRAINT `Recipient_envelopeId_fkey` FOREIGN KEY (`envelopeId`) REFERENCES `Envelope` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Recipient_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Field` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `kind` VARCHAR(191) NOT NULL DEFAULT 'text',
  `page` INTEGER NOT NULL DEFAULT 1,
  `value` LONGTEXT NULL,
  `recipientId` INTEGER NOT NULL,
  PRIMARY KEY (`id`),
  INDEX `Field_recipientId_idx` (`recipientId`),
  CONSTRAINT `Field_recipientId_fkey` FOREIGN KEY (`recipientId`) REFERENCES `Recipient` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Comment` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `text` LONGTEXT NOT NULL,
  `pinned` BOOLEAN NOT NULL DEFAULT false,
  `envelopeId` VARCHAR(191) NULL,
  `authorId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  INDEX `Comment_envelopeId_idx` (`envelopeId`),
  INDEX `Comment_authorId_idx` (`authorId`),
  CONSTRAINT `Comment_envelopeId_fkey` FOREIGN KEY (`envelopeId`) REFERENCES `Envelope` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Comment_authorId_fkey` FOREIGN KEY (`authorId`) REFERENCES `User` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Credential` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `label` VARCHAR(191) NOT NULL,
  `secret` LONGTEXT NOT NULL,
  `secretIndex` VARBINARY(16) NULL,
  `orgId` VARCHAR(191) NULL,
  `userId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  INDEX `Credential_orgId_idx` (`orgId`),
  INDEX `Credential_userId_idx` (`userId`),
  INDEX `Credential_secretIndex_idx` (`secretIndex`),
  CONSTRAINT `Credential_orgId_fkey` FOREIGN KEY (`orgId`) REFERENCES `Org` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `Credential_userId_fkey` FOREIGN KEY (`userId`) REFERENCES `User` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Setting` (
  `key` VARCHAR(191) NOT NULL,
  `value` LONGTEXT NOT NULL,
  `note` VARCHAR(191) NOT NULL DEFAULT '',
  PRIMARY KEY (`key`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

SET FOREIGN_KEY_CHECKS = 1;
